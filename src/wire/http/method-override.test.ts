import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asksOtherMethod, partAsksOtherMethod } from './method-override.ts';

describe('another method by a parameter', () => {
  const forms: readonly (readonly [form: string, asks: boolean])[] = [
    ['a=1&_method=DELETE', true],
    ['_METHOD=put', true],
    ['%5fmethod=DELETE', true],
    ['_%6dethod=DELETE', true],
    ['a=1;_method=DELETE', true],
    ['+_method=DELETE', true],
    ['.method=DELETE', true],
    ['_method[]=DELETE', true],
    ['_method', true],
    ['', false],
    ['method=DELETE', false],
    ['payment_method=card', false],
    ['_methods=1&a=_method', false],
    ['a=b%26_method%3dDELETE', false],
    ['%=1&%zz', false],
  ];
  for (const [form, asks] of forms) test(`form ${form}`, () => assert.equal(asksOtherMethod(form), asks));

  const parts: readonly (readonly [head: string, asks: boolean])[] = [
    ['Content-Disposition: form-data; name="_method"', true],
    ['content-disposition: form-data; NAME = _Method\r\n', true],
    ["form-data; name*=UTF-8''_method", true],
    ["form-data; name*=UTF-8''%5Fmethod", true],
    ['form-data; name="_method[]"', true],
    ['form-data; name="payment_method"', false],
    ['form-data; name="_methods"', false],
    ['form-data; filename="a"; name="file"\r\n\r\n_method', false],
  ];
  for (const [head, asks] of parts) test(`part ${head}`, () => assert.equal(partAsksOtherMethod(head), asks));
});
