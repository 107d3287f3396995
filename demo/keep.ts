import type { Stage } from './stage.ts';

export function keepText(_stage: Stage): string {
  return '';
}
