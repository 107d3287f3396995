/** The schemas of all JSON answers. */
export * from './schemas-directory.ts';
export * from './schemas-documents.ts';
export * from './schemas-lifecycle.ts';
export * from './schemas-operator.ts';
export * from './schemas-problem.ts';
export * from './schemas-public.ts';
export * from './schemas-report.ts';
export * from './schemas-sender.ts';
