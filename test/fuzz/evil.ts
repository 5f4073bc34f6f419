/** Values that have broken servers before. */

export const evilTexts = [
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  '..',
  '%2f',
  '\0',
  '\u202e',
  '\ud800',
  'é'.repeat(200),
  'a'.repeat(300),
  '{}',
  '$(HOME)',
  '-1',
  '1e400',
  '9223372036854775808',
  '(a+)+$',
  'a'.repeat(64),
  ' ',
  '\n',
]

export const evilKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  '$patch',
  '',
  'é',
  '0',
]

export const evilNumbers = [
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775809',
  '1.0',
  '1.5',
  '1e3',
  '1e400',
  '-0',
  '00',
  '0x10',
]
