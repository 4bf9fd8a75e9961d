import type { DemoForge } from './demo-forge.ts'
import type { Change } from './upstream.ts'

const folders: Readonly<Record<DemoForge['kind'], string>> = {
  github: '.github',
  forgejo: '.forgejo',
  gitea: '.gitea',
}

/**
 * The CI of the demo's project, on a runner with this label. It does as `templates/workflows` do, with plain commands alone, so
 * that a runner which reaches nothing but its forge can do it.
 */
export function demoWorkflow(kind: DemoForge['kind'], runner: string): Change {
  const text = `name: demo
on:
  pull_request:
permissions:
  contents: read
jobs:
  test:
    if: contains(github.head_ref, 'series/')
    runs-on: ${runner}
    timeout-minutes: 5
    steps:
      - name: Fetch
        env:
          TOKEN: \${{ github.token }}
          HEAD_SHA: \${{ github.event.pull_request.head.sha }}
        run: |
          basic=$(printf 'patchferry:%s' "$TOKEN" | base64 | tr -d '\\n')
          export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraHeader
          export GIT_CONFIG_VALUE_0="Authorization: Basic $basic"
          rm -rf demo-src
          git init -q demo-src
          git -C demo-src fetch -q --depth 1 "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" "$HEAD_SHA"
          git -C demo-src checkout -q FETCH_HEAD
      - name: Test
        run: sh demo-src/test.sh
`
  return { [`${folders[kind]}/workflows/demo.yml`]: text }
}
