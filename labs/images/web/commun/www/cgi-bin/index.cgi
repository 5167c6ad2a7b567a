#!/bin/sh
# La page d'accueil « / ». Un script CGI écrit sur sa sortie les en-têtes HTTP,
# une ligne vide, puis le contenu.

. /www/theme.sh    # COULEUR et NOM_COULEUR : la différence entre les versions 1 et 2

hote=$(hostname)
echo "$(date +%T) $REMOTE_ADDR $REQUEST_URI" >&2    # dans « docker logs »

# Un navigateur annonce qu'il accepte du HTML ; wget et curl non : ils ont une ligne de texte.
case "$HTTP_ACCEPT" in
*text/html*) ;;
*)
    echo "Content-Type: text/plain; charset=utf-8"
    echo
    echo "web version ${VERSION:-?} ($NOM_COULEUR) sur $hote"
    exit 0
    ;;
esac

cat <<PAGE
Content-Type: text/html; charset=utf-8

<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>web version ${VERSION:-?}</title>
<style>
body { background: $COULEUR; color: white; font: 1.4em/1.5 sans-serif; text-align: center; padding: 3em 1em }
a { color: white }
</style>
</head>
<body>
<h1>Version ${VERSION:-?}</h1>
<p>Servie par <strong>$hote</strong> ($NOM_COULEUR)</p>
<p><a href="/cgi-bin/sante">santé</a> · <a href="/cgi-bin/compteur">compteur</a> ·
<a href="/cgi-bin/calcul?ms=200">calcul</a> · <a href="/cgi-bin/env">environnement</a></p>
</body>
</html>
PAGE
