import assert from 'node:assert/strict'
import {
  markOrder,
  markSigns,
  outcomeWord,
  podName,
  podSigns,
  podStates,
  podSuffix,
  shortImage,
  toneOf,
  undoLabel,
} from './words.ts'

describe('words and signs', () => {
  it('are there for every state, and no two states share a sign', () => {
    assert.deepEqual([...podStates].sort(), Object.keys(podSigns).sort())
    assert.equal(new Set(Object.values(podSigns)).size, podStates.length)
    assert.deepEqual([...markOrder].sort(), Object.keys(markSigns).sort())
    assert.equal(new Set(Object.values(markSigns)).size, markOrder.length)
  })

  it('call a pod by its name, state and what is the matter', () => {
    const pod = { name: 'web-7d9f-x', uid: 'u', state: 'failing' as const, note: 'image is gone' }
    assert.equal(podName(pod), 'web-7d9f-x failing: image is gone')
    assert.equal(podName({ ...pod, state: 'available', note: '' }), 'web-7d9f-x available')
    assert.equal(podSuffix('web-7d9f-x', 'web-7d9f'), 'x')
    assert.equal(podSuffix('other', 'web-7d9f'), 'other')
  })

  it('shorten images to what people call them', () => {
    assert.equal(shortImage('registry.example:5000/shop/web:1.2'), 'web 1.2')
    assert.equal(shortImage('web'), 'web')
    assert.equal(shortImage('a/web@sha256:0123456789abcdef'), 'web 01234567')
    assert.equal(shortImage('a/web:1.2@sha256:0123456789abcdef'), 'web 1.2')
  })

  it('name what an undo does', () => {
    assert.equal(undoLabel('7d9f5c4b', ['r/web:1.2']), 'Undo to 7d9f5 (web 1.2)')
    assert.equal(undoLabel('7d9f5c4b', []), 'Undo to 7d9f5')
  })

  it('call it stuck when no waiting helps, before the deadline says so', () => {
    assert.equal(outcomeWord('under way', 'error'), 'stuck')
    assert.equal(outcomeWord('under way', 'warning'), 'under way')
    assert.equal(toneOf('under way', 'error'), 'bad')
    assert.equal(toneOf('paused', 'info'), 'calm')
    assert.equal(toneOf('complete', 'ok'), 'good')
  })
})
