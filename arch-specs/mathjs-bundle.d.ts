/** The whole of mathjs in one file, which loads in a fraction of the time that its thousand modules take. */
declare module "mathjs/lib/browser/math.js" {
  const math: import("mathjs").MathJsInstance;
  export = math;
}
