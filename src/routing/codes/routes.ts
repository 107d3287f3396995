import { rows } from './entry.ts';

/** Codes about routing rules, groups and upward routes. */
export const routeCodes = rows({
  GROUP_EMPTY: {
    status: 422,
    vi: 'Nhóm {recipient} không có đơn vị nào nhận được; văn bản được giữ lại',
    en: 'The group {recipient} has no member that can receive; the document is held',
    fixVi: 'Không cần gửi lại: người vận hành sẽ sửa nhóm hoặc trả lời',
    fixEn: 'Nothing to send again: the operator mends the group or answers',
  },
  NO_RECIPIENT_HERE: {
    status: 422,
    vi: 'Gói tin đến qua đường {route} nhưng không có đơn vị nhận nào thuộc trục này',
    en: 'The package came over the route {route} and none of its recipients is served here',
    fixVi: 'Gửi đến trục phục vụ các đơn vị nhận; gói tin không được chuyển ngược trở lại',
    fixEn: 'Send it to the gateway that serves the recipients; it is not sent back upward',
  },
  LOOP_DETECTED: {
    status: 409,
    vi: 'Gói tin này đã đi qua trục ({evidence}) và quay lại qua đường {route}; không nhận lần nữa',
    en: 'This package has passed this gateway before ({evidence}) and comes back over the route {route}; it is not taken again',
    fixVi: 'Kiểm tra cấu hình định tuyến của hệ thống phía trên: không chuyển trả văn bản của tỉnh về tỉnh',
    fixEn: 'Check the routing of the system above: it must not return the documents of this province',
  },
  RULE_MALFORMED: {
    status: 422,
    vi: 'Quy tắc định tuyến {rule} không hợp lệ: {what}',
    en: 'The routing rule {rule} is malformed: {what}',
    fixVi: 'Xem các dạng điều kiện và hành động bằng «lienthong routes set --help»',
    fixEn: 'See the forms of conditions and actions with "lienthong routes set --help"',
  },
  RULE_UNKNOWN: {
    status: 404,
    vi: 'Không có quy tắc định tuyến tên {rule}',
    en: 'There is no routing rule {rule}',
    fixVi: 'Xem danh sách bằng «lienthong routes list»',
    fixEn: 'List them with "lienthong routes list"',
  },
  ROUTE_UNKNOWN: {
    status: 404,
    vi: 'Không có đường chuyển {route}',
    en: 'There is no route {route}',
    fixVi: 'Xem danh sách bằng «lienthong routes list»',
    fixEn: 'List them with "lienthong routes list"',
  },
  ROUTE_IN_USE: {
    status: 409,
    vi: 'Đường chuyển {route} còn {count} lần chuyển đang chờ',
    en: 'The route {route} still has {count} waiting deliveries',
    fixVi: 'Chờ chuyển xong, hoặc giữ lại các lần chuyển đó trước khi đóng đường',
    fixEn: 'Wait until they are through, or hold them before you close the route',
  },
  CARRIER_TAKEN: {
    status: 409,
    vi: 'Đơn vị {code} đã chuyển cho một đường khác',
    en: 'The agency {code} carries another route already',
    fixVi: 'Đăng ký một đơn vị riêng cho mỗi đường chuyển',
    fixEn: 'Register an agency of its own for each route',
  },
  CHANNEL_NOT_SERVED: {
    status: 422,
    vi: 'Trục này không có kênh {channel}; chỉ có: {channels}',
    en: 'This gateway has no channel {channel}; it has: {channels}',
    fixVi: 'Trục chạy với --profile axis chỉ để đơn vị tự lấy về',
    fixEn: 'A gateway with --profile axis lets agencies fetch, and nothing else',
  },
});
