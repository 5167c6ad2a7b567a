# La colonne Rapport découle-t-elle des deux autres ?
awk -F'|' '
function nombre(t) { gsub(/[^0-9.,]/, "", t); gsub(",", ".", t); return t }
/^\| *(Démarrage|Calcul|Mémoire|Taille) / {
    titre = $2; sub(/^ +/, "", titre); sub(/ +$/, "", titre)
    c = nombre($3) + 0; v = nombre($4) + 0; t = nombre($5); r = t + 0; vus++
    if (c == 0 || t == "") { print "attendu: un rapport pour « " titre " »\nobtenu: rien\nLa ligne « " titre " » n’a pas de rapport."; faux = 1; exit }
    if (r < v / c * 0.95 || r > v / c * 1.05) {
        printf "attendu: %.2f (%s ÷ %s)\nobtenu: %s\nDans la ligne « %s », le rapport ne découle pas des deux chiffres.\n", v / c, v, c, r, titre
        faux = 1; exit
    }
}
END {
    if (faux) exit 1
    if (vus < 4) { print "Il manque des lignes au tableau : gardez les sept du modèle."; exit 1 }
    print "obtenu: quatre rapports justes"
}' comparaison.md
