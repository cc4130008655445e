#!/usr/bin/env bash
# mutt in batches: its message is caught where it would go to sendmail.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
letters=$here/../letters.json
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder
printf '#!/bin/sh\ncat >"%s/caught"\n' "$folder" >"$folder/sendmail"
chmod +x "$folder/sendmail"
cat >"$folder/muttrc" <<END
set sendmail="$folder/sendmail" use_from=yes from="MyHealth <no-reply@health.example>" hostname=health.example
set charset=utf-8 send_charset="us-ascii:utf-8" copy=no use_envelope_from=no
END

field() { jq -r --arg l "$1" ".letters[\$l] | $2" "$letters"; }

# name of the sample, language, then options of mutt
mail() {
    local name=$1 lang=$2
    shift 2
    field "$lang" '[.greeting, .body, .label + ": " + .url, .help, .sign] | join("\n\n")' |
        mutt -F "$folder/muttrc" -s "$(field "$lang" .subject)" "$@" -- anna@dest.example
    sed 's/\r*$/\r/' "$folder/caught" | base64 -w0 | jq -c -R --arg name "$name" '{name: $name, raw: .}'
}

for lang in en de ms zh ja ar hi ta ru; do
    mail "$lang, text" "$lang"
    mail "$lang, text in 8bit" "$lang" -e 'set allow_8bit=yes'
    mail "$lang, text for 7bit" "$lang" -e 'set allow_8bit=no'
done
mail "flowed" en -e 'set text_flowed=yes'
mail "de, in Latin 1" de -e 'set send_charset="us-ascii:iso-8859-1:utf-8"'
mail "ja, in its old charset" ja -e 'set send_charset="us-ascii:iso-2022-jp:utf-8"'
mail "headers of its own" en -e 'my_hdr X-Campaign: visits; my_hdr Reply-To: help@health.example'
cp "$here/../../../../rules/files/certificate-MY-2021-004711.pdf" "$folder/KA-004711.pdf"
mail "with a PDF" en -a "$folder/KA-004711.pdf"
