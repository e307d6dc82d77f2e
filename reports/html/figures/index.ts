export { activityPicture } from "./activity.js";
export { clock } from "./clock.js";
export { contest } from "./contest.js";
export { energyByLevel, energyByTensor, energyOverall } from "./energy.js";
export { fronts } from "./front.js";
export { latency } from "./latency.js";
export { contestOverall } from "./overall.js";
export { proof } from "./proof.js";
export { rooflines } from "./roofline.js";
