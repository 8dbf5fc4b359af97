import { z } from "zod";

/**
 * POST /auth/api-key and GET /auth/derive-api-key: the second is the same every time.
 * [protocol 4.1]
 */
export const apiKeyWire = z.object({
  apiKey: z.string().min(1),
  /** Base64, of either alphabet. */
  secret: z.string().min(1),
  passphrase: z.string().min(1),
});

export type ApiKeyWire = z.infer<typeof apiKeyWire>;
