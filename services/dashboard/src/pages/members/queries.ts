import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, data } from "@/api/client";
import { listOptions } from "@/api/lists";
import type { Invitation, Member, MemberRole, NewInvitation } from "@/api/types";
import { showDone } from "@/components/notify";
import { newRequestKey } from "@/lib/random";

export const membersQuery = listOptions(["members"], (cursor) =>
  data(api.GET("/v1/members", { params: { query: { cursor, limit: 50 } } })),
);

export const invitationsQuery = listOptions(["invitations"], (cursor) =>
  data(api.GET("/v1/invitations", { params: { query: { cursor, limit: 50 } } })),
);

export const ROLES: { value: MemberRole; label: string; hint: string }[] = [
  { value: "viewer", label: "Viewer", hint: "looks and asks" },
  { value: "member", label: "Member", hint: "makes, changes and deletes as well" },
  { value: "admin", label: "Admin", hint: "keys, members, audit log and usage too" },
  { value: "owner", label: "Owner", hint: "makes and unmakes owners" },
];

/** The link that somebody opens to join; the secret stands after the #, which browsers send to no server. */
export function linkOf({ link, token }: NewInvitation): string {
  return link ?? `${window.location.origin}/invitation#token=${encodeURIComponent(token)}`;
}

export function useInvite(onMade: (invitation: NewInvitation) => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: { email: string; role: MemberRole }) =>
      data(api.POST("/v1/invitations", { body, headers: { "Idempotency-Key": newRequestKey() } })),
    meta: { ownErrors: true },
    gcTime: 0,
    onSuccess(invitation) {
      onMade(invitation);
      void queryClient.invalidateQueries({ queryKey: ["invitations"] });
    },
  });
}

export function useRevokeInvitation() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id }: Invitation) =>
      data(api.DELETE("/v1/invitations/{invitation_id}", { params: { path: { invitation_id: id } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["invitations"] }),
  });
}

export function useChangeRole() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ member, role }: { member: Member; role: MemberRole }) =>
      data(api.PATCH("/v1/members/{member_id}", { params: { path: { member_id: member.id } }, body: { role } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["members"] }),
  });
}

export function useRemoveMember() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id }: Member) => data(api.DELETE("/v1/members/{member_id}", { params: { path: { member_id: id } } })),
    onSuccess() {
      showDone("From their next request on they are out.");
      return queryClient.invalidateQueries({ queryKey: ["members"] });
    },
  });
}
