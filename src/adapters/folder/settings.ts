import { type RouteSettings, readSettings } from '../../routing/route-settings.ts';

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

/** Reads the settings of a route. Throws RouteSettingFault with everything that is wrong. */
export function readFolderRoute(given: RouteSettings): FolderRoute {
  return readSettings(given, ['out', 'in', 'pollSeconds', 'settleSeconds'], (read) => ({
    out: read.text('out', path),
    in: read.text('in', path),
    pollSeconds: read.number('pollSeconds', defaultFolderSeconds, 86_400),
    settleSeconds: read.number('settleSeconds', 2, 3600),
  }));
}
