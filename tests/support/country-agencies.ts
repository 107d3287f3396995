import type { Agency } from '../../src/routing/register.ts';
import { newId } from './acceptance.ts';

const two = (n: number) => String(n).padStart(2, '0');
const places = ['Đông Thạnh', 'Long Đức', 'Hòa Bình', 'Tân Phú', 'Mỹ Lộc', 'An Thạnh', 'Bình Minh', 'Càng Long', 'Phú Quới', 'Trà Ôn'];
const kinds = ['Ủy ban nhân dân xã', 'Trung tâm Y tế', 'Trường Tiểu học', 'Phòng Tư pháp', 'Chi cục Thuế', 'Đội Quản lý thị trường'];

/** Agencies of a country as an axis has them, each with a code of both kinds: provinces, 88 agencies under each, 19 units under each of those. */
export function countryAgencies(count: number, without: string): Agency[] {
  const provinces = Array.from({ length: 99 }, (_, i) => `H${two(i + 1)}`).filter((code) => code !== without);
  const codes = provinces.flatMap((province) => [
    [province],
    ...Array.from({ length: 88 }, (_, i) => [province, two(i + 1)]),
    ...Array.from({ length: 88 * 19 }, (_, i) => [province, two((i % 88) + 1), two(Math.floor(i / 88) + 1)]),
  ]);
  return codes.slice(0, count).map(agencyAt);
}

function agencyAt(groups: readonly string[], i: number): Agency {
  const [province = '', first = '00', second = '00'] = groups;
  return {
    id: newId(),
    name: `${kinds[i % kinds.length]} ${places[Math.floor(i / 7) % places.length]} ${i}`,
    status: 'active',
    signaturePolicy: 'optional',
    channel: 'inbox',
    codes: [
      { code: groups.join('.'), scheme: 'qd20', validFrom: '2000-01-01' },
      { code: `000.${second}.${first}.${province}`, scheme: 'qcvn102', validFrom: '2000-01-01' },
    ],
  };
}
