// CRC-32 (IEEE) of the UTF-8 bytes of text, without encoding it first.

const TABLE = new Int32Array(256);
for (let i = 0; i < 256; i++) {
  let c = i;
  for (let bit = 0; bit < 8; bit++) c = (c & 1) === 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  TABLE[i] = c;
}

// What a byte does to the register when one, two and three more bytes follow it: four bytes a step.
const TABLE_1 = TABLE.map(followed);
const TABLE_2 = TABLE_1.map(followed);
const TABLE_3 = TABLE_2.map(followed);

/** The register before the first byte. */
export const CRC_START = -1;

/** Takes text into the register. A lone surrogate counts as U+FFFD, as in every UTF-8 encoder. */
export function crcUpdate(register: number, text: string): number {
  let crc = register;
  let i = 0;
  for (const last = text.length - 3; i < last; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    if ((a | b | c | d) >= 0x80) break;
    crc ^= a | (b << 8) | (c << 16) | (d << 24);
    crc = (TABLE_3[crc & 0xff] as number) ^ (TABLE_2[(crc >>> 8) & 0xff] as number) ^
      (TABLE_1[(crc >>> 16) & 0xff] as number) ^ (TABLE[crc >>> 24] as number);
  }
  for (; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      crc = (TABLE[(crc ^ unit) & 0xff] as number) ^ (crc >>> 8);
    } else {
      const point = text.codePointAt(i) as number;
      if (point > 0xffff) i++;
      crc = crcPoint(crc, point >= 0xd800 && point <= 0xdfff ? 0xfffd : point);
    }
  }
  return crc;
}

/** A text that many registers take in. */
export interface Suffix {
  /** What it makes of an empty register. */
  readonly crc: number;
  /** What as many empty bytes make of each value of each byte of the register. */
  readonly shifts: Int32Array;
}

/** How many lengths are kept, at 4 KiB each. */
const LENGTHS = 64;

// By the number of bytes: keys have few lengths.
const shiftsByLength = new Map<number, Int32Array>();

/** Prepares a text for `crcAppend`. */
export function suffixOf(text: string): Suffix {
  const length = new TextEncoder().encode(text).length;
  let shifts = shiftsByLength.get(length);
  if (shifts === undefined) {
    shifts = new Int32Array(1024);
    for (let bit = 0; bit < 32; bit++) {
      let effect = 1 << bit;
      for (let i = 0; i < length; i++) effect = followed(effect);
      // A bit of the register has the same effect whatever the lower ones of its byte are.
      const [start, half] = [(bit >>> 3) * 256, 1 << (bit & 7)];
      for (let i = start; i < start + half; i++) shifts[i + half] = shifts[i] as number ^ effect;
    }
    if (shiftsByLength.size === LENGTHS) shiftsByLength.clear();
    shiftsByLength.set(length, shifts);
  }
  return { crc: crcUpdate(0, text), shifts };
}

/** Takes a prepared text into the register: in one step, however long it is. */
export function crcAppend(register: number, crc: number, shifts: Int32Array): number {
  return crc ^ (shifts[register & 0xff] as number) ^ (shifts[256 + (register >>> 8 & 0xff)] as number) ^
    (shifts[512 + (register >>> 16 & 0xff)] as number) ^ (shifts[768 + (register >>> 24)] as number);
}

/** The checksum of what the register took in, unsigned. */
export function crcFinish(register: number): number {
  return ~register >>> 0;
}

function crcPoint(crc: number, point: number): number {
  if (point < 0x800) return crcByte(crcByte(crc, 0xc0 | (point >> 6)), 0x80 | (point & 0x3f));
  const lead = point < 0x10000
    ? crcByte(crc, 0xe0 | (point >> 12))
    : crcByte(crcByte(crc, 0xf0 | (point >> 18)), 0x80 | ((point >> 12) & 0x3f));
  return crcByte(crcByte(lead, 0x80 | ((point >> 6) & 0x3f)), 0x80 | (point & 0x3f));
}

function crcByte(crc: number, byte: number): number {
  return (TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
}

function followed(register: number): number {
  return crcByte(register, 0);
}
