/** Why operators are not run, by reason. */
const reasons: readonly (readonly [string, readonly string[]])[] = [
  [
    "strings are no tensors of numbers",
    [
      ...["RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit", "TfIdfVectorizer", "LabelEncoder"],
      ...["CategoryMapper", "DictVectorizer"],
    ],
  ],
  [
    "sequences and optional values are no tensors",
    [
      ...["ConcatFromSequence", "Optional", "OptionalGetElement", "OptionalHasElement"],
      ...["SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert", "SequenceLength"],
      ...["SequenceMap", "SplitToSequence"],
    ],
  ],
  [
    "random numbers differ from run to run, so there is nothing to compare with",
    ["Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"],
  ],
  ["it reads image files", ["ImageDecoder"]],
  [
    "complex numbers and signal processing are outside of the product",
    ["BlackmanWindow", "DFT", "HammingWindow", "HannWindow", "MelWeightMatrix", "STFT"],
  ],
  [
    "classical machine learning (the ai.onnx.ml domain) is outside of the product",
    [
      ...["ArrayFeatureExtractor", "Binarizer", "CastMap", "FeatureVectorizer", "Imputer", "LinearClassifier"],
      ...["LinearRegressor", "Normalizer", "OneHotEncoder", "SVMClassifier", "SVMRegressor", "Scaler"],
      ...["TreeEnsemble", "TreeEnsembleClassifier", "TreeEnsembleRegressor", "ZipMap"],
    ],
  ],
  ["gradients are derived by `gradientsOfGraph` in a program, not by a node", ["Gradient"]],
];

/** Operators that are outside of the product, with the reason. */
export const refused: ReadonlyMap<string, string> = new Map(
  reasons.flatMap(([reason, names]) => names.map((name): [string, string] => [name, reason])),
);
