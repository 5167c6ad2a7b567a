# raison: un nom-local
# Croit que le nom court désigne un fichier d'ici.
cat > noms.txt <<FIN
1 = ${A}
2 = ${B}
3 = ${C}
FIN
