# SPDX-License-Identifier: MIT
# What people put into pre-run.sh by hand, written here from descriptions of such scripts, as the measure of
# what envkeep replaces: for each name a store side is made if it is missing, the home's side is removed, and
# a link takes its place. Nothing is checked, as in those scripts. STORE_FOLDER stands for /storage/cfg.
cd "$HOME"
mkdir -p "$STORE_FOLDER"
for name in .local .ssh .config .ipython .fastai .jupyter .conda .kaggle; do
    [ -d "$STORE_FOLDER/$name" ] || mkdir "$STORE_FOLDER/$name"
    rm -rf "$HOME/$name"
    ln -s "$STORE_FOLDER/$name" "$HOME/$name"
done
chmod 700 "$STORE_FOLDER/.ssh"
for name in .git-credentials .gitconfig .bash_history; do
    [ -f "$STORE_FOLDER/$name" ] || touch "$STORE_FOLDER/$name"
    rm -rf "$HOME/$name"
    ln -s "$STORE_FOLDER/$name" "$HOME/$name"
done
