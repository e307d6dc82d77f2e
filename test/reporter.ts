import mocha from "mocha";

const { Runner } = mocha;

/**
 * The plain reporter of mocha (dots, then every failure in full), ending in one line that tells the result:
 * `N passed, N failed`. The numbers are those that mocha itself counted, in parallel runs too.
 */
class Reporter extends mocha.reporters.Dot {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const skipped = pending > 0 ? `, ${pending} skipped` : "";
      process.stdout.write(`${passes} passed, ${failures} failed${skipped}\n`);
    });
  }
}

// Mocha loads its reporter by `require`; this is what it gets.
export { Reporter as "module.exports" };
