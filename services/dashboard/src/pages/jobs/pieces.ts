/** A text cut where searched words begin and end; the case does not matter, as it does not for the server. */
export function piecesOf(text: string, words: string): { piece: string; found: boolean }[] {
  if (words === "") return [{ piece: text, found: false }];
  const wanted = new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
  const pieces: { piece: string; found: boolean }[] = [];
  let end = 0;
  for (const match of text.matchAll(wanted)) {
    if (match.index > end) pieces.push({ piece: text.slice(end, match.index), found: false });
    pieces.push({ piece: match[0], found: true });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ piece: text.slice(end), found: false });
  return pieces;
}
