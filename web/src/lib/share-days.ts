/** How long a link may live, in days; people choose one. */
export const shareDays = [1, 7, 30, 90, 365] as const
export const shareDaysDefault = 30
