// How the text of a date and time is read: leniently exactly where the reference library is lenient.

/**
 * Whole seconds since 1970 of an RFC 3339 time; NaN for any other text. The date may end in a space, the offset may
 * have a minus sign (U+2212) for a hyphen, and a second 60 counts as 59.
 */
export function parseTime(text: string): number {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const days = daysSince1970(year, month, day);
  const separator = text.charCodeAt(10);
  if (
    text.charCodeAt(4) !== 0x2d || text.charCodeAt(7) !== 0x2d || text.charCodeAt(13) !== 0x3a ||
    text.charCodeAt(16) !== 0x3a || (separator !== 0x54 && separator !== 0x74 && separator !== 0x20) ||
    !(year >= 0 && month >= 1 && month <= 12 && day >= 1) ||
    !(day <= 28 || days < daysSince1970(year, month + 1, 1)) ||
    !(hour <= 23 && minute <= 59 && second <= 60)
  ) return NaN;
  let i = 19;
  if (text.charCodeAt(i) === 0x2e) {
    do i++; while (isDigit(text.charCodeAt(i)));
    if (i === 20) return NaN;
  }
  const sign = text.charCodeAt(i);
  let offset = 0;
  if ((sign | 0x20) === 0x7a) {
    if (text.length !== i + 1) return NaN;
  } else {
    const hours = twoDigits(text, i + 1);
    const minutes = twoDigits(text, i + 4);
    if (
      (sign !== 0x2b && sign !== 0x2d && sign !== 0x2212) || text.charCodeAt(i + 3) !== 0x3a ||
      text.length !== i + 6 || !(hours <= 23 && minutes <= 59)
    ) return NaN;
    offset = (hours * 60 + minutes) * (sign === 0x2b ? 60 : -60);
  }
  return days * 86400 + hour * 3600 + minute * 60 + Math.min(second, 59) - offset;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function twoDigits(text: string, i: number): number {
  const tens = text.charCodeAt(i);
  const ones = text.charCodeAt(i + 1);
  return isDigit(tens) && isDigit(ones) ? tens * 10 + ones - 528 : NaN;
}

/** A month 13 is the next January. */
function daysSince1970(year: number, month: number, day: number): number {
  // Years that begin in March put the leap day last; 719468 days lie between 0000-03-01 and 1970.
  const y = month <= 2 ? year - 1 : year;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return y * 365 + leapDays + Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 719469;
}
