import Bookmark from '@lucide/svelte/icons/bookmark'
import ClipboardList from '@lucide/svelte/icons/clipboard-list'
import Building2 from '@lucide/svelte/icons/building-2'
import Grid2x2 from '@lucide/svelte/icons/grid-2x2'
import HardDrive from '@lucide/svelte/icons/hard-drive'
import Scale from '@lucide/svelte/icons/scale'
import ScanLine from '@lucide/svelte/icons/scan-line'
import Spline from '@lucide/svelte/icons/spline'
import UserRound from '@lucide/svelte/icons/user-round'
import Users from '@lucide/svelte/icons/users'
import { m } from '#paraglide/messages.js'

/** The pages of the settings, in their order; all but one's own account are the owner's. */
export function settingsSections(manages: boolean) {
  const account = { href: '/settings/account', icon: UserRound, name: m.account(), lead: m.account_short() }
  return manages
    ? [
        account,
        { href: '/settings/practice', icon: Building2, name: m.practice(), lead: m.practice_short() },
        { href: '/settings/users', icon: Users, name: m.users(), lead: m.users_short() },
        { href: '/settings/devices', icon: ScanLine, name: m.devices(), lead: m.devices_short() },
        { href: '/settings/catalogue', icon: ClipboardList, name: m.catalogue(), lead: m.catalogue_short() },
        {
          href: '/settings/mounts',
          icon: Grid2x2,
          name: m.records_settings(),
          lead: m.records_settings_short(),
        },
        { href: '/settings/norms', icon: Spline, name: m.ceph_norms_title(), lead: m.ceph_norms_short() },
        { href: '/settings/plans', icon: Scale, name: m.plan_settings(), lead: m.plan_settings_short() },
        {
          href: '/settings/templates',
          icon: Bookmark,
          name: m.plan_templates(),
          lead: m.plan_templates_short(),
        },
        { href: '/settings/storage', icon: HardDrive, name: m.storage(), lead: m.storage_short() },
      ]
    : [account]
}
