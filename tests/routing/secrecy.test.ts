import type { SecrecyPolicy } from '../../src/routing/secrecy.ts';
import { defaultSecrecy, markingIn } from '../../src/routing/secrecy.ts';

const word = (text: string, policy: SecrecyPolicy = defaultSecrecy) => markingIn(text, 'word', policy);
const alone = (text: string, policy: SecrecyPolicy = defaultSecrecy) => markingIn(text, 'alone', policy);

describe('a marking of state secrets', () => {
  it.each([
    ['MẬT', 'MẬT'],
    ['Mật', 'MẬT'],
    ['TỐI MẬT', 'TỐI MẬT'],
    ['tuyệt  mật', 'TUYỆT MẬT'],
    ['Độ mật: Mật', 'MẬT'],
    ['Độ mật: Tuyệt mật', 'TUYỆT MẬT'],
    ['Tài liệu mật', 'MẬT'],
    ['Văn bản tối mật, chỉ lưu hành nội bộ', 'TỐI MẬT'],
    ['M Ậ T', 'MẬT'],
    ['T Ố I  M Ậ T', 'TỐI MẬT'],
    ['[MẬT]', 'MẬT'],
    ['MAT', 'MẬT'],
    ['toi mat', 'TỐI MẬT'],
    ['Tuyet mat (noi bo)', 'TUYỆT MẬT'],
    ['ＭẬＴ', 'MẬT'],
    ['M\u200bẬT', 'MẬT'],
  ])('is found in the sphere of promulgation "%s"', (text, marking) => {
    expect(word(text)).toBe(marking);
    expect(word(text.normalize('NFD'))).toBe(marking);
    expect(word(text.normalize('NFC'))).toBe(marking);
  });

  it.each([
    'Công khai',
    'Lưu hành nội bộ',
    'Không mật',
    'Độ mật: không',
    'Không thuộc danh mục bí mật nhà nước',
    'Bảo mật thông tin',
    'Ra mat san pham',
    'Mặt trận Tổ quốc',
    'MÁT',
    'mất',
    'matxcova',
    '',
  ])('is not found in "%s"', (text) => {
    expect(word(text)).toBeUndefined();
    expect(word(text.normalize('NFD'))).toBeUndefined();
  });

  it.each([
    ['[MẬT] V/v nhân sự', 'MẬT'],
    ['V/v nhân sự (Tối mật)', 'TỐI MẬT'],
    ['TUYET MAT - Bao cao', 'TUYỆT MẬT'],
  ])('that stands alone is found in a subject that a policy names: "%s"', (text, marking) => {
    expect(alone(text)).toBe(marking);
  });

  it.each([
    'V/v bảo vệ bí mật kinh doanh',
    'V/v tập huấn quản lý tài liệu tối mật năm 2026',
    'Quy chế bảo vệ bí mật nhà nước; ong mật; mật độ dân số',
    'V/v nha mat tien',
  ])('that is spoken of is not found in a subject: "%s"', (text) => {
    expect(alone(text)).toBeUndefined();
  });

  it('follows the words of the policy', () => {
    const policy: SecrecyPolicy = { words: ['HẠN CHẾ'], exceptions: ['không hạn chế'], fields: {} };
    expect(word('Lưu hành hạn chế', policy)).toBe('HẠN CHẾ');
    expect(word('Không hạn chế', policy)).toBeUndefined();
    expect(word('MẬT', policy)).toBeUndefined();
  });

  it('is looked for in bounded time, whatever stands there', () => {
    const began = performance.now();
    expect(word(`a${'\u0323\u0302'.repeat(500_000)}`)).toBeUndefined();
    expect(word('mật '.repeat(500_000))).toBe('MẬT');
    expect(performance.now() - began).toBeLessThan(2000);
  });
});
