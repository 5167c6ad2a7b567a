# Le thème de la version 1.
COULEUR='#1f5fbf'
NOM_COULEUR=bleu
