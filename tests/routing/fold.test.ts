import { foldName } from '../../src/routing/fold.ts';

describe('foldName', () => {
  it.each([
    ['Ủy ban nhân dân xã Đông Thạnh', 'uy ban nhan dan xa dong thanh'],
    ['UBND huyện\u200b Bến Cầu', 'ubnd huyen ben cau'],
    ['  Trường\u00a0THPT   Trần Quốc Ðại ', 'truong thpt tran quoc dai'],
    ['Ɖông Ƌ', 'dong ƌ'],
    ['SỞ NỘI VỤ', 'so noi vu'],
    ['', ''],
  ])('folds %j', (text, folded) => {
    expect(foldName(text)).toBe(folded);
  });

  it('makes no difference between composed and decomposed accents', () => {
    const name = 'Phòng Giáo dục và Đào tạo quận Gò Vấp';
    expect(foldName(name.normalize('NFD'))).toBe(foldName(name.normalize('NFC')));
  });

  it('changes nothing when applied twice', () => {
    const folded = foldName('Sở Khoa học – Công nghệ (Đà Lạt)');
    expect(foldName(folded)).toBe(folded);
  });
});
