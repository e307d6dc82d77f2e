import { expect } from "chai";
import fc from "fast-check";
import {
  isProduct,
  type Layer,
  lowerToProduct,
  macsOf,
  parseInlineLayer,
  reference,
  seededInputs,
} from "../../workloads/index.js";

const layerOf = (spec: string): Layer => {
  const parsed = parseInlineLayer(spec);
  const layer = parsed.ok ? parsed.value.layers[0] : undefined;
  if (layer === undefined) throw new Error(`${spec}: ${JSON.stringify(parsed)}`);
  return layer;
};

/** The layer by plain loops, as it is and as a matrix product. */
function bothWays(layer: Layer): { readonly direct: readonly number[]; readonly lowered: readonly number[] } {
  const lowered = lowerToProduct(layer);
  if (lowered === undefined) throw new Error("the layer can be lowered");
  const inputs = seededInputs(layer.einsum, 1);
  const product = reference(lowered.layer.einsum, lowered.operands(inputs));
  return { direct: [...reference(layer.einsum, inputs)], lowered: [...lowered.restore(product)] };
}

describe("lowering to a matrix product", () => {
  it("gives what the convolution gives, whatever its stride, padding, dilation and groups", () => {
    const small = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
    const specs = fc.record({
      ...{
        n: small(2),
        g: small(3),
        m: small(3),
        c: small(3),
        h: fc.integer({ min: 5, max: 8 }),
        w: fc.integer({ min: 5, max: 7 }),
      },
      ...{ r: small(3), s: small(3), u: small(3), d: small(2), z: fc.integer({ min: 0, max: 2 }) },
    });
    fc.assert(
      fc.property(specs, ({ n, g, m, c, h, w, r, s, u, d, z }) => {
        const spec = `conv:N=${n},G=${g},M=${g * m},C=${g * c},H=${h},W=${w},R=${r},S=${s},U=${u},D=${d},Z=${z}`;
        const { direct, lowered } = bothWays(layerOf(spec));
        expect(lowered).to.deep.equal(direct);
      }),
      { numRuns: 100 },
    );
  });

  for (const spec of [
    "conv1d:N=2,M=3,C=2,H=9,R=3,U=2,Z=1",
    "conv3d:N=1,M=2,C=2,L=4,H=5,W=4,T=2,R=3,S=2,Z=1",
    "depthwise:C=4,H=6,W=7,R=3,S=3,Z=1",
    "fc:N=3,M=4,C=2,H=3,W=3",
    "attention-scores:B=2,H=2,M=3,N=4,K=5",
    "einsum:'O[n,m,p] += F[m,c,r]*I[n,c,p+2*r-1]',N=2,M=3,C=2,P=6,R=3,I=2x2x8",
  ])
    it(`takes ${spec.split(":")[0]} layers`, () => {
      const { direct, lowered } = bothWays(layerOf(spec));
      expect(lowered).to.deep.equal(direct);
    });

  it("keeps the number of operations, and tells what the unfolded input takes", () => {
    const layer = layerOf("conv:N=1,M=4,C=3,H=8,W=8,R=3,S=3,Z=1");
    const lowered = lowerToProduct(layer);
    expect(lowered === undefined ? 0 : macsOf(lowered.layer.einsum)).to.equal(macsOf(layer.einsum));
    expect(lowered?.unfolding).to.deep.equal({ inputWords: 3 * 8 * 8, unfoldedWords: 8 * 8 * 3 * 3 * 3 });
    expect(lowered?.layer.einsum.variables).to.deep.equal(["p", "m", "k"]);
  });

  it("leaves alone what is no sum of products, and knows what is a product already", () => {
    expect(lowerToProduct(layerOf("max-pool:C=2,H=4,W=4,R=2,S=2,U=2"))).to.equal(undefined);
    expect(isProduct(layerOf("gemm:M=2,N=3,K=4"))).to.equal(true);
    expect(isProduct(layerOf("conv:N=1,M=2,C=3,H=4,W=4,R=3,S=3"))).to.equal(false);
  });
});
