# Sept verdicts, chacun permis par les chiffres du tableau, chacun avec sa raison.
awk -F'|' '
function net(t) { sub(/^ +/, "", t); sub(/ +$/, "", t); return t }
function nombre(t) { gsub(/[^0-9.,]/, "", t); gsub(",", ".", t); return t + 0 }
function refus(titre, attendu, recu, motif) {
    print "attendu: " attendu "\nobtenu: " (recu == "" ? "rien" : recu) "\nLigne « " titre " » : " motif
    faux = 1; exit
}
/^\| *(Isolation|Noyau|Démarrage|Calcul|Mémoire|Taille|Usage)/ {
    titre = net($2); c = net($3); v = net($4); r = nombre($5); vus++
    verdict = tolower(net($7)); gsub(/é|É/, "e", verdict); pourquoi = net($8)
    if (c == "" || v == "") refus(titre, "deux cases remplies", c v, "il manque une case.")
    if (verdict !~ /^(confirme|nuance|contredit)$/) refus(titre, "confirmé, nuancé ou contredit", net($7), "il manque un verdict.")
    if (split(pourquoi, mots, /[ \t]+/) < 4) refus(titre, "une raison de quatre mots au moins", pourquoi, "dites pourquoi, en quatre mots au moins.")
    if (titre ~ /^Noyau/ && verdict != "confirme") refus(titre, "un verdict que vos versions permettent", verdict, "un même noyau que l’hôte d’un côté, un autre de l’autre : est-ce contraire au cours ?")
    if (titre ~ /^Démarrage/ && r > 2 && verdict == "contredit") refus(titre, "un verdict que votre rapport permet", verdict, "la VM est plus lente à démarrer, comme le dit le cours.")
    if (titre ~ /^Calcul/ && nombre($4) > 1.5 && verdict == "confirme") refus(titre, "un verdict que vos chiffres permettent", verdict, "la VM calcule bien plus lentement que l’hôte : est-ce une « légère surcouche » ?")
    if (titre ~ /^Mémoire/ && r > 2 && verdict == "contredit") refus(titre, "un verdict que votre rapport permet", verdict, "la VM prend plus de mémoire, comme le dit le cours.")
    if (titre ~ /^Taille/ && nombre($4) < 1000000000 && verdict == "confirme") refus(titre, "un verdict que vos chiffres permettent", verdict, "votre VM pèse-t-elle vraiment plusieurs Go ?")
}
END {
    if (faux) exit 1
    if (vus < 7) { print "Il manque des lignes au tableau : gardez les sept du modèle."; exit 1 }
    print "obtenu: sept verdicts justifiés"
}' comparaison.md
