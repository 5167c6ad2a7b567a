# Six verdicts, chacun permis par ce que l'apprenant a mesuré, chacun avec sa raison.
awk -F'|' '
function net(t) { sub(/^ +/, "", t); sub(/ +$/, "", t); return t }
function refus(titre, attendu, recu, motif) {
    print "attendu: " attendu "\nobtenu: " (recu == "" ? "rien" : recu)
    if (titre == "Portable" && recu ~ /^confirm/) print "idee: tourne-partout"
    print "Ligne « " titre " » : " motif
    faux = 1; exit
}
/^\| *(Fichiers et métadonnées|Autonome|Immuable|Prévisible|Portable|Conflits évités) *\|/ {
    titre = net($2); vus++
    verdict = tolower(net($4)); gsub(/é|É/, "e", verdict); pourquoi = net($5)
    if (verdict !~ /^(confirme|nuance|contredit)$/) refus(titre, "confirmé, nuancé ou contredit", net($4), "il manque un verdict.")
    if (split(pourquoi, mots, /[ \t]+/) < 4) refus(titre, "une raison de quatre mots au moins", pourquoi, "dites pourquoi, en quatre mots au moins.")
    if (titre == "Portable" && verdict == "confirme") refus(titre, "un verdict que vos mesures permettent", net($4), "escale/ailleurs tourne-t-elle sur votre machine ?")
    if (titre == "Immuable" && verdict == "contredit") refus(titre, "un verdict que vos mesures permettent", net($4), "l’identifiant a-t-il changé quand vous avez écrit ?")
    if (titre == "Autonome" && verdict == "contredit") refus(titre, "un verdict que vos mesures permettent", net($4), "elle répond pourtant sans réseau.")
    if (titre == "Conflits évités" && verdict == "contredit") refus(titre, "un verdict que vos mesures permettent", net($4), "les deux versions répondent pourtant ensemble.")
}
END {
    if (faux) exit 1
    if (vus < 6) { print "Il manque des lignes au bilan : gardez les six du modèle."; exit 1 }
    print "obtenu: six verdicts justifiés"
}' bilan.md
