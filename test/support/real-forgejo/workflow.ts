/**
 * A workflow that does as the name of its branch says: `run/<outcome>/<id>`, and prints what stands in `log.txt` of the
 * branch `data/<id>`. So one commit can be run in every way, though its tree never changes.
 */
export function contractWorkflow(label: string): string {
  return `name: ci
on:
  push:
    branches: ['run/**']
jobs:
  build:
    runs-on: ${label}
    if: \${{ !contains(github.ref_name, '/skipped/') }}
    steps:
      - name: Set up job
        run: echo ready
      - name: Compile
        env:
          TOKEN: \${{ github.token }}
        run: |
          outcome=$(echo "$GITHUB_REF_NAME" | cut -d/ -f2)
          id=$(echo "$GITHUB_REF_NAME" | cut -d/ -f3)
          basic=$(printf 'patchferry:%s' "$TOKEN" | base64 | tr -d '\\n')
          rm -rf "data-$id"
          git -c "http.extraHeader=Authorization: Basic $basic" clone -q --depth 1 \\
            --branch "data/$id" "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" "data-$id"
          cat "data-$id/log.txt"
          case "$outcome" in
            failure) exit 1 ;;
            running | cancelled) sleep 300 ;;
          esac
      - name: Test
        run: echo tested
`
}

/** What the commit status of its only job is called. */
export const contractContext = 'ci / build (push)'
