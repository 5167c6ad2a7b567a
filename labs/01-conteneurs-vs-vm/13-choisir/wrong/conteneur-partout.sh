# raison: choix conteneur-partout
# Met tout en conteneur, puisqu'ils sont plus légers.
case "${C1}" in *module*) R1="vm noyau";; *) R1="conteneur dependances";; esac
case "${C2}" in *inconnus*) R2="vm confiance";; *) R2="conteneur densite";; esac
case "${C3}" in *pilote*) R3="vm noyau";; *) R3="conteneur densite";; esac
case "${C4}" in *Windows*) R4="vm noyau";; *) R4="conteneur dependances";; esac
cat > choix.txt <<FIN
1 = $R1
2 = $R2
3 = $R3
4 = $R4
5 = conteneur densite
6 = conteneur densite
FIN
