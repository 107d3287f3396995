import { rows } from './entry.ts';

/** Codes about systems that speak the protocol of the national axis. */
export const facadeCodes = rows({
  AXIS_OPERATION_UNKNOWN: {
    status: 404,
    vi: 'Không có thao tác {operation}',
    en: 'There is no operation {operation}',
    fixVi: 'Kiểm tra địa chỉ dịch vụ: phải kết thúc bằng /vxp',
    fixEn: 'Check the service address: it must end in /vxp',
  },
  AXIS_HEADER: {
    status: 400,
    vi: 'Tiêu đề {header} thiếu, lặp lại hoặc sai dạng ({fault})',
    en: 'The header {header} is missing, repeated or malformed ({fault})',
    fixVi: 'Dùng thư viện kết nối nguyên bản; tiêu đề dài quá 128 KB bị từ chối',
    fixEn: 'Use the unmodified client library; header blocks over 128 KB are refused',
  },
  AXIS_SIGNATURE: {
    status: 401,
    vi: 'SystemId hoặc SecretKey không đúng',
    en: 'System id or secret is wrong',
    fixVi: 'Kiểm tra systemid và secret; không dùng ký tự có dấu trong tham số',
    fixEn: 'Check systemid and secret; use ASCII values only',
  },
  AXIS_STALE: {
    status: 401,
    vi: 'Thời gian {timestamp} quá cũ, ở tương lai hoặc sai dạng',
    en: 'The timestamp {timestamp} is too old, in the future, or malformed',
    fixVi: 'Chỉnh đồng hồ máy, khởi tạo lại đối tượng dịch vụ của thư viện',
    fixEn: "Set the machine's clock, make a new service object of the library",
  },
  AXIS_FILE_ALTERED: {
    status: 422,
    vi: 'Tệp nhận được không khớp hash-file',
    en: 'The file that arrived does not match hash-file',
    fixVi: 'Gửi lại; kiểm tra thiết bị trung gian có sửa nội dung không',
    fixEn: 'Send it again; see whether something on the way changes content',
  },
  AXIS_VALUE: {
    status: 400,
    vi: 'Giá trị {name} không hợp lệ: {value}',
    en: 'The value of {name} is not valid: {value}',
    fixVi: 'Xem các giá trị cho phép trong tài liệu kết nối',
    fixEn: 'See the integration guide for what is allowed',
  },
  AXIS_SYSTEM_TAKEN: {
    status: 409,
    vi: 'Mã hệ thống {system} đã thuộc tài khoản khác',
    en: 'The system id {system} belongs to another client',
    fixVi: 'Chọn mã hệ thống khác',
    fixEn: 'Choose another system id',
  },
  AXIS_BODY: {
    status: 400,
    vi: 'Nội dung yêu cầu không phải JSON như thư viện gửi: {detail}',
    en: 'The body is not the JSON that the library sends: {detail}',
    fixVi: 'Gửi {"id","pcode","code","name","mail","mobile","fax"}, mọi giá trị là chuỗi',
    fixEn: 'Send {"id","pcode","code","name","mail","mobile","fax"}, all values texts',
  },
  AXIS_UNIT_NOT_BELOW: {
    status: 403,
    vi: 'Đơn vị {code} không trực thuộc đơn vị nào của hệ thống này',
    en: 'The agency {code} does not stand below an agency of this system',
    fixVi: 'Ghi ở pcode mã của đơn vị cấp trên thuộc hệ thống của bạn',
    fixEn: 'Give as pcode the code of a parent that your system speaks for',
  },
  AXIS_UNIT_NOT_YOURS: {
    status: 403,
    vi: 'Đơn vị {code} không do hệ thống này đăng ký',
    en: 'The agency {code} was not registered by this system',
    fixVi: 'Chỉ xóa được đơn vị do chính hệ thống đăng ký; đơn vị khác do người vận hành đóng',
    fixEn: 'Only what the system itself has registered can be deleted; the operator closes others',
  },
  AXIS_UNIT_DIFFERS: {
    status: 409,
    vi: 'Đơn vị {code} đã được đăng ký với tên khác: {name}',
    en: 'The agency {code} is registered under another name: {name}',
    fixVi: 'Đề nghị người vận hành đổi tên đơn vị',
    fixEn: 'Ask the operator to rename it',
  },
  AXIS_UNIT_CLOSED: {
    status: 409,
    vi: 'Mã {code} đã đóng và không được cấp lại',
    en: 'The code {code} was closed and is never given out again',
    fixVi: 'Dùng mã mới cho đơn vị mới',
    fixEn: 'Use a new code for a new agency',
  },
});
