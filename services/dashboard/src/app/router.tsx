/** Every page and its address. Each page is a chunk of its own, loaded when it is first opened. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { restoreSession } from "@/auth/actions";
import { session } from "@/auth/session";
import { NotFound } from "@/components/NotFound";
import { PageError } from "@/components/PageError";
import { PageSkeleton } from "@/components/PageSkeleton";

import { Shell } from "./Shell";

const root = createRootRoute({ notFoundComponent: NotFound });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  // Where to go afterwards: a path of this dashboard, never another site.
  validateSearch: ({ next, sign_in_error }: Record<string, unknown>): { next?: string; sign_in_error?: string } => ({
    ...(typeof next === "string" && /^\/(?![/\\])/.test(next) && { next }),
    // The api tells here what went wrong at the OpenID provider.
    ...(typeof sign_in_error === "string" && { sign_in_error }),
  }),
  async beforeLoad({ search }) {
    await restoreSession();
    if (session() !== null) throw redirect({ href: search.next ?? "/" });
  },
  component: lazyRouteComponent(() => import("@/pages/sign-in/SignInPage"), "SignInPage"),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: "/invitation",
  beforeLoad: restoreSession,
  component: lazyRouteComponent(() => import("@/pages/sign-in/InvitationPage"), "InvitationPage"),
});

/** All pages but those before: they need somebody who is signed in. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  async beforeLoad({ location }) {
    await restoreSession();
    if (session() !== null) return;
    throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { next: location.href } });
  },
  component: Shell,
});

const overview = createRoute({
  getParentRoute: () => signedIn,
  path: "/",
  component: lazyRouteComponent(() => import("@/pages/overview/OverviewPage"), "OverviewPage"),
});

const corpora = createRoute({
  getParentRoute: () => signedIn,
  path: "/corpora",
  component: lazyRouteComponent(() => import("@/pages/corpora/CorporaPage"), "CorporaPage"),
});

const corpus = createRoute({
  getParentRoute: () => signedIn,
  path: "/corpora/$corpusId",
  component: lazyRouteComponent(() => import("@/pages/corpora/CorpusPage"), "CorpusPage"),
});

const jobs = createRoute({
  getParentRoute: () => signedIn,
  path: "/jobs",
  // Start a job: from the corpus of this id, or, where it is empty, from one to choose.
  validateSearch: ({ train }: Record<string, unknown>): { train?: string } =>
    typeof train === "string" ? { train } : {},
  component: lazyRouteComponent(() => import("@/pages/jobs/JobsPage"), "JobsPage"),
});

const job = createRoute({
  getParentRoute: () => signedIn,
  path: "/jobs/$jobId",
  component: lazyRouteComponent(() => import("@/pages/jobs/JobPage"), "JobPage"),
});

const cartridges = createRoute({
  getParentRoute: () => signedIn,
  path: "/cartridges",
  component: lazyRouteComponent(() => import("@/pages/cartridges/CartridgesPage"), "CartridgesPage"),
});

const cartridge = createRoute({
  getParentRoute: () => signedIn,
  path: "/cartridges/$cartridgeId",
  component: lazyRouteComponent(() => import("@/pages/cartridges/CartridgePage"), "CartridgePage"),
});

const playground = createRoute({
  getParentRoute: () => signedIn,
  path: "/playground",
  // The cartridges that are chosen, by id, so that a link can choose them.
  validateSearch: ({ cartridges }: Record<string, unknown>): { cartridges?: string[] } =>
    Array.isArray(cartridges) ? { cartridges: cartridges.filter((id) => typeof id === "string") } : {},
  component: lazyRouteComponent(() => import("@/pages/playground/PlaygroundPage"), "PlaygroundPage"),
});

const keys = createRoute({
  getParentRoute: () => signedIn,
  path: "/keys",
  component: lazyRouteComponent(() => import("@/pages/keys/KeysPage"), "KeysPage"),
});

const members = createRoute({
  getParentRoute: () => signedIn,
  path: "/members",
  component: lazyRouteComponent(() => import("@/pages/members/MembersPage"), "MembersPage"),
});

const account = createRoute({
  getParentRoute: () => signedIn,
  path: "/account",
  component: lazyRouteComponent(() => import("@/pages/account/AccountPage"), "AccountPage"),
});

const usage = createRoute({
  getParentRoute: () => signedIn,
  path: "/usage",
  component: lazyRouteComponent(() => import("@/pages/usage/UsagePage"), "UsagePage"),
});

const audit = createRoute({
  getParentRoute: () => signedIn,
  path: "/audit",
  validateSearch: ({ action, target }: Record<string, unknown>): { action?: string; target?: string } => ({
    ...(typeof action === "string" && { action }),
    ...(typeof target === "string" && { target }),
  }),
  component: lazyRouteComponent(() => import("@/pages/audit/AuditPage"), "AuditPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn, invitation,
    signedIn.addChildren([
      overview, corpora, corpus, jobs, job, cartridges, cartridge, playground, keys, members, usage,
      audit, account,
    ]),
  ]),
  defaultPreload: "intent",
  defaultPendingComponent: PageSkeleton,
  defaultErrorComponent: PageError,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
