import { numberIn, type RouteSettings, refuseStrange, textIn } from '../../routing/route-settings.ts';

/** Settings of a route of the kind `folder`. Both folders must exist, so that one whose disk is not there is not taken for an empty one. */
export interface FolderRoute {
  /** Where packages are put for the other side. */
  readonly out: string;
  /** Where the other side puts packages for us; `done` and `refused` are made in it. */
  readonly in: string;
  readonly pollSeconds: number;
  /** A file that was changed so short a while ago may still be written. */
  readonly settleSeconds: number;
}

/** How often a folder is looked into when the settings don't say. */
export const defaultFolderSeconds = 5;

const path = /^\/.{1,500}$/;

/** Reads the settings of a route. Throws RouteSettingFault. */
export function readFolderRoute(given: RouteSettings): FolderRoute {
  refuseStrange(given, ['out', 'in', 'pollSeconds', 'settleSeconds']);
  return {
    out: textIn(given, 'out', path),
    in: textIn(given, 'in', path),
    pollSeconds: numberIn(given, 'pollSeconds', defaultFolderSeconds, 86_400),
    settleSeconds: numberIn(given, 'settleSeconds', 2, 3600),
  };
}
