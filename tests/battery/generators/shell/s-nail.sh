#!/usr/bin/env bash
# s-nail, the mailx of Debian: its message is caught where it would go to sendmail.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
letters=$here/../letters.json
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export MAILRC=/dev/null HOME=$folder
printf '#!/bin/sh\ncat >"%s/caught"\n' "$folder" >"$folder/sendmail"
chmod +x "$folder/sendmail"

# name of the sample, language, then options of s-nail
mail() {
    local name=$1 lang=$2 text subject
    shift 2
    text=$(jq -r --arg l "$lang" '.letters[$l] | [.greeting, .body, .label + ": " + .url, .help, .sign] | join("\n\n")' "$letters")
    subject=$(jq -r --arg l "$lang" '.letters[$l].subject' "$letters")
    printf '%s\n' "$text" | s-nail -:/ -S v15-compat -S ttycharset=utf-8 -S mta="$folder/sendmail" -S sendwait -S nosave \
        -S from='MyHealth <no-reply@health.example>' -S sendcharsets=utf-8 "$@" -s "$subject" anna@dest.example
    sed 's/\r*$/\r/' "$folder/caught" | base64 -w0 | jq -c -R --arg name "$name" '{name: $name, raw: .}'
}

for lang in en de ms zh ja ar hi ta ru; do
    mail "$lang, text" "$lang"
    mail "$lang, text in base64" "$lang" -S mime-encoding=base64
    mail "$lang, text in 8bit" "$lang" -S mime-encoding=8bit
done
cp "$here/../../../../rules/files/certificate-MY-2021-004711.pdf" "$folder/KA-004711.pdf"
mail "with a PDF" en -a "$folder/KA-004711.pdf"
mail "de, in Latin 1" de -S sendcharsets=iso-8859-1
mail "replies elsewhere" en -S reply-to='help@health.example'
