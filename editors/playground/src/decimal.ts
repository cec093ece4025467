/** The settlement number of a price: its shortest decimal spelling in units of 10^-18, half to even. */

const DECIMALS = 18;

export function settled(price: number): bigint {
  const [, sign, whole, part = "", power = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(price))!;
  const digits = BigInt(whole! + part);
  const shift = DECIMALS - part.length + Number(power);
  const size = shift >= 0 ? digits * 10n ** BigInt(shift) : halfEven(digits, 10n ** BigInt(-shift));
  return sign ? -size : size;
}

function halfEven(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  const twice = 2n * (value % divisor);
  const up = twice > divisor || (twice === divisor && quotient % 2n === 1n);
  return up ? quotient + 1n : quotient;
}
