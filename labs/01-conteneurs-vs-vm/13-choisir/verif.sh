# Chaque cas a deux variantes, donc deux réponses : un choix et la raison qui décide.
lire() {
    sed -n "s/^ *$1 *[=:] *//p" choix.txt | tail -n 1 | tr 'A-ZÉé' 'a-zee' | sed 's/é/e/g; s/É/e/g; s/  */ /g; s/ *$//'
}

# juger CAS ADMIS QUESTION : s'arrête au premier cas mal jugé, sans donner la réponse.
juger() {
    recu=$(lire "$1")
    [ "$recu" = "$2" ] && return 0
    voulu=${2%% *}
    echo "attendu: cas $1, un choix et une raison que la contrainte justifie"
    echo "obtenu: ${recu:-rien}"
    if [ "${recu%% *}" = "$voulu" ]; then
        echo "Cas $1 : le choix se défend, mais ce n'est pas la raison qui décide. $3"
    else
        case "${recu%% *}" in
            conteneur) echo "idee: conteneur-partout" ;;
            vm) echo "idee: vm-partout" ;;
        esac
        echo "Cas $1 : ce choix ne tient pas. $3"
    fi
    exit 1
}

case "$C1" in
    *module*) juger 1 "vm noyau" "Un conteneur peut-il charger le module d'un autre noyau que celui de l'hôte ?" ;;
    *) juger 1 "conteneur dependances" "Que manque-t-il, au juste : un noyau, ou un fichier que l'image peut apporter ?" ;;
esac
case "$C2" in
    *inconnus*) juger 2 "vm confiance" "Qui sépare ce code de l'hôte, si le noyau est le même ?" ;;
    *) juger 2 "conteneur densite" "Le code est sûr ; combien coûterait un démarrage complet par test d'une seconde ?" ;;
esac
case "$C3" in
    *pilote*) juger 3 "vm noyau" "Quand ce pilote plante, quel noyau emporte-t-il ?" ;;
    *) juger 3 "conteneur densite" "Quatre cents fois par jour : qu'est-ce qui doit coûter peu ?" ;;
esac
case "$C4" in
    *Windows*) juger 4 "vm noyau" "Combien de noyaux différents faut-il à ces deux applications ?" ;;
    *) juger 4 "conteneur dependances" "Ces deux versions demandent-elles deux noyaux, ou deux jeux de fichiers ?" ;;
esac
juger 5 "conteneur densite" "Rappelez-vous le temps de départ et la mémoire d'un exemplaire de plus."
case "$C6" in
    *concurrents*) juger 6 "vm confiance" "Ces clients sont root et hostiles : que vaut un noyau partagé entre eux ?" ;;
    *) juger 6 "vm noyau" "Un conteneur a-t-il un noyau à régler ?" ;;
esac
echo "attendu: six choix justifiés"
echo "obtenu: six choix justifiés"
