/** What the package ms-backend-wasm offers. */
export { MswError, type MswPlace, type MswStatus } from './error.js';
export { Model, type LoadOptions } from './model.js';
export { Operators, type AttrInfo, type Attrs, type AttrValue, type OperatorInfo } from './operators.js';
export { answerText, readInputs, type Answered } from './answer.js';
export type { Source } from './fetch.js';
export type { ModelFileSources } from './model_files.js';
export type { Build, BuildOptions, ThreadOptions } from './builds.js';
export type { ModuleSource } from './compile.js';
export type { DType, Tensor, TensorInfo, TensorLike, TypedArray } from './tensor.js';
