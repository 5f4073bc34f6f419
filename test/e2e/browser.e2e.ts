/** Pages that misbehave, each in one way: a browser that overlooks it would prove nothing of ours. */

import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { audit, grave } from '../browser/audit.ts'
import { launchBrowser, type Visitor, visitOnce } from '../browser/browser.ts'
import { staysHere } from '../browser/complaints.ts'
import { until } from '../browser/until.ts'
import { hasProgram, need } from '../needs.ts'

const policy = "default-src 'self'; script-src 'self'"

/** By path; scripts are files of their own, as the policy wants. */
const files: Record<string, string> = {
  '/good': '<main data-rev="7"><button>Undo</button></main><script src="/grow.js"></script>',
  '/grow.js':
    "setTimeout(() => { document.querySelector('main').dataset.rev = '12' }, 50); fetch('/data')",
  '/throws': '<script src="/throws.js"></script>',
  '/throws.js': "throw new Error('no such thing')",
  '/rejects': '<script src="/rejects.js"></script>',
  '/rejects.js': "Promise.reject(new Error('nobody looks'))",
  '/logs': '<script src="/logs.js"></script>',
  '/logs.js': "console.error('something is wrong')",
  '/misses': '<img alt="none" src="/missing.png">',
  '/inline': '<script>document.title = 1</script>',
  '/elsewhere': '<img alt="a cat" src="http://cats.example/cat.png">',
  '/leaves': '<script src="/leaves.js"></script>',
  '/leaves.js': "fetch('http://192.0.2.1/').catch(() => undefined)",
  '/socket': '<script src="/socket.js"></script>',
  '/socket.js': "new WebSocket('ws://192.0.2.1/').onerror = () => undefined",
  '/named': '<main><h1>Title</h1><button>Undo</button></main>',
  '/unnamed': '<main><h1>Title</h1><button></button><p style="">text</p></main>',
}

const language = (path: string) => (path === '/unnamed' ? '' : '<html lang="en">')

describe('a browser that looks at a page', function () {
  this.timeout(60_000)
  let browser: Browser
  let server: Server
  let origin: string

  before(async function () {
    need(this, hasProgram('chromium'), 'needs chromium')
    server = createServer(({ url = '' }, response) => {
      const [path = ''] = url.split('?')
      const text = Object.hasOwn(files, path) ? files[path] : undefined
      const known = text !== undefined || path === '/data' || path === '/favicon.ico'
      response.writeHead(known ? 200 : 404, {
        'content-type': path.endsWith('.js') ? 'text/javascript' : 'text/html',
        ...(url.endsWith('?open') ? {} : { 'content-security-policy': policy }),
      })
      response.end(
        path.endsWith('.js')
          ? text
          : `<!doctype html>${language(path)}<title>t</title>${text ?? ''}`,
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    server?.close()
  })

  const visit = (path: string, body?: (visitor: Visitor) => Promise<void>) =>
    visitOnce(browser, undefined, async (visitor) => {
      const page = await visitor.open(`${origin}${path}`)
      await page.waitForLoadState()
      await body?.(visitor)
    })
  const untilTold = async ({ complaints }: Visitor) => void (await complaints.first())

  it('likes one that does nothing wrong', () => visit('/good'))

  it('waits for what the page will show', () =>
    visitOnce(browser, undefined, async (visitor) => {
      const page = await visitor.open(`${origin}/good`)
      await until(page, 'document.querySelector("main").dataset.rev >= 12')
      await page.locator('[data-rev="12"]').waitFor()
    }))

  const wrongs: [string, string, RegExp][] = [
    ['throws', '/throws', /page error: no such thing/],
    ['rejects and does not look', '/rejects', /page error: nobody looks/],
    ['logs an error', '/logs', /console error: something is wrong/],
    ['asks for what is not there', '/misses', /console error: .*404/],
    ['has a script in its text', '/inline', /policy violation: script-src-elem forbids inline/],
    ['shows what is elsewhere', '/elsewhere', /policy violation: img-src forbids http:\/\/cats/],
    ['asks a name elsewhere', '/elsewhere?open', /leaves this machine: http:\/\/cats\.example/],
    ['asks an address elsewhere', '/leaves?open', /leaves this machine: http:\/\/192\.0\.2\.1/],
    ['speaks to one elsewhere', '/socket?open', /leaves this machine: ws:\/\/192\.0\.2\.1/],
  ]
  for (const [what, path, message] of wrongs)
    it(`is not content with one that ${what}`, () =>
      assert.rejects(visit(path, untilTold), message))

  it('puts up with what a test provokes, and with nothing else', async () => {
    await visit('/logs', async (visitor) => {
      visitor.expect(/something is wrong/)
      await untilTold(visitor)
    })
    const other = visit('/logs', async (visitor) => {
      visitor.expect(/something else/)
      await untilTold(visitor)
    })
    await assert.rejects(other, /something is wrong/)
  })

  it('tells of a test that fails what the page showed', () =>
    assert.rejects(
      visit('/good', async () => assert.fail('not as wanted')),
      /not as wanted\nhttp:\S+\/good shows:\n[\s\S]*button "Undo"/,
    ))

  it('reaches nobody outside, also where no policy forbids it', () =>
    visitOnce(browser, undefined, async (visitor) => {
      visitor.expect(/./)
      const page = await visitor.open(`${origin}/good?open`)
      for (const url of ['http://192.0.2.1/', 'http://127.0.0.1.nip.example/', 'http://a.b/'])
        await assert.rejects(page.evaluate(`fetch('${url}')`), /Failed to fetch/)
    }))

  it('knows who stays here', () => {
    for (const url of ['http://127.0.0.1:1/', 'http://localhost/x', 'ws://[::1]:2/', 'data:,x'])
      assert.equal(staysHere(url), true, url)
    for (const url of ['http://127.0.0.1.nip.io/', 'https://example.com/', 'http://10.0.0.1/'])
      assert.equal(staysHere(url), false, url)
  })

  it('finds what keeps people out, and nothing where nothing does', async () => {
    const rules = async (path: string) => {
      let found: string[] = []
      await visitOnce(browser, undefined, async (visitor) => {
        visitor.expect(/./)
        const page = await visitor.open(`${origin}${path}`)
        found = grave(await audit(page)).map(({ rule }) => rule)
      })
      return found
    }
    assert.deepEqual(await rules('/unnamed'), ['button-name', 'html-has-lang'])
    assert.deepEqual(await rules('/named'), [])
  })
})
