import { parse } from 'yaml'
import { z } from 'zod'

const manifestFile = z.strictObject({
  name: z.string(),
  description: z.string(),
  url: z.string(),
  public: z.boolean(),
  default_permissions: z.record(z.string(), z.enum(['read', 'write'])),
  default_events: z.array(z.string()),
})

/** What GitHub is asked to register, in its own words. */
export type AppManifest = z.output<typeof manifestFile> & {
  readonly hook_attributes: { readonly url: string; readonly active: boolean }
  readonly redirect_url: string
}

/**
 * The manifest of the App out of the text of `app.yml`, for one place: GitHub sends deliveries to `webhookUrl` and the browser
 * back to `redirectUrl`. https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
export function appManifest(
  text: string,
  place: {
    readonly name: string | null
    readonly webhookUrl: string
    readonly redirectUrl: string
  },
): AppManifest {
  const { name, ...rest } = manifestFile.parse(parse(text))
  return {
    name: place.name ?? name,
    ...rest,
    hook_attributes: { url: place.webhookUrl, active: true },
    redirect_url: place.redirectUrl,
  }
}
