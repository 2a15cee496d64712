/** The API's client: typed paths, the caller's credentials on every request, and errors thrown as `ApiProblem`. */
import createClient, { type Middleware } from "openapi-fetch";

import { credentialHeaders, onUnauthenticated } from "@/auth/session";

import { ApiProblem, problemOf, Unreachable } from "./problems";
import type { paths } from "./schema";

async function parsed(response: Response): Promise<unknown> {
  try {
    return await response.clone().json();
  } catch {
    return null;
  }
}

/** Throw what an answer with an error status says; pass on any other. */
export async function checked(response: Response): Promise<Response> {
  if (response.ok) return response;
  const problem = problemOf(response, await parsed(response));
  if (problem.status === 401) onUnauthenticated(problem);
  throw problem;
}

const credentials: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(credentialHeaders())) request.headers.set(name, value);
    return request;
  },
  onResponse: ({ response }) => checked(response),
  onError({ error }) {
    if (error instanceof ApiProblem || (error instanceof DOMException && error.name === "AbortError")) return;
    return new Unreachable(error);
  },
};

/** Paths are relative: whoever serves this page serves the API, itself or as a proxy. */
export const api = createClient<paths>({ baseUrl: globalThis.location?.origin ?? "" });
api.use(credentials);

/** The body of a successful answer: `data(api.GET("/v1/me"))`. */
export async function data<T>(answer: Promise<{ data?: T }>): Promise<NonNullable<T>> {
  // Errors were thrown on the way; what is left has a body, or is a 204 that nobody reads.
  return (await answer).data as NonNullable<T>;
}

/** A request that the typed client cannot make, such as a stream. Credentials and errors as there. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  for (const [name, value] of Object.entries(credentialHeaders())) headers.set(name, value);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable(error);
  }
  return checked(response);
}
