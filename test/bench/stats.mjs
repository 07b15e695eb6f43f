// The few numbers that a report is made of: middle, spread, ratios of turns that lie side by side.

/** Of an even number the mean of the two in the middle. */
export function median(values) {
  return quantile(values, 0.5);
}

/** Linear between neighbours, as numpy's default. */
export function quantile(values, part) {
  if (values.length === 0) throw new Error('no values');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at % 1);
}

/** Middle and quartiles: a turn that something else disturbed moves none of them. */
export function summary(values) {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/** How many times as long `theirs` took as `ours`: round by round, so that what slows both down cancels out. */
export function ratio(theirs, ours) {
  if (theirs.length !== ours.length) throw new Error(`${theirs.length} rounds beside ${ours.length}`);
  return summary(theirs.map((time, round) => time / ours[round]));
}

export function geometricMean(values) {
  if (values.length === 0) throw new Error('no values');
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
