import type { z } from 'zod';
import type * as shapes from '../../src/adapters/rest/schemas.ts';
import type {
  DocumentAnswer,
  DocumentList,
  ForecastAnswer,
  InboxList,
  Moved,
  OperatorDelivery,
  PackageAnswer,
  PackageList,
  PlanAnswer,
  ReceiptList,
  Validation,
} from '../../src/client/client.ts';

/** Compiles only while what the gateway answers is what the client says it reads. */
type Reads<Answer, Shape extends Answer> = Shape;
export type Agreed = [
  Reads<PackageAnswer, z.infer<typeof shapes.packageView>>,
  Reads<PackageList, z.infer<typeof shapes.packageList>>,
  Reads<DocumentAnswer, z.infer<typeof shapes.documentView>>,
  Reads<DocumentList, z.infer<typeof shapes.documentList>>,
  Reads<ReceiptList, z.infer<typeof shapes.receiptList>>,
  Reads<InboxList, z.infer<typeof shapes.inboxList>>,
  Reads<Moved, z.infer<typeof shapes.moved>>,
  Reads<Validation, z.infer<typeof shapes.validation>>,
  Reads<OperatorDelivery, z.infer<typeof shapes.operatorDelivery>>,
  Reads<ForecastAnswer, z.infer<typeof shapes.forecast>>,
  Reads<PlanAnswer, z.infer<typeof shapes.plan>>,
];
