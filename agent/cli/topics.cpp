// SPDX-License-Identifier: MIT
#include "cli/topics.hpp"

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/man_page.hpp"
#include "cli/view.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/store/find.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace envkeep::cli {
namespace {

constexpr std::string_view start_topic = R"(
The start line reads STORE/envkeep/hook.sh, which runs 'envkeep restore
--start': links and copies what the manifest keeps, sets modes, brings back the
packages of the newest snapshot, fetches repositories, and sets the variables
of 'env:'. It ends with status 0 whatever happens, after 15 s at the latest
('start: {limit: 40s}' in the manifest), or 2 s later where the store does not
answer at all; packages and repositories then go on coming in the background.

  envkeep status       what the start did, and what is left to do
  envkeep wait         until the packages are here
  envkeep hook print   the start line for this platform, and where to put it
  envkeep restore      the same by hand, without a limit

To start without it: set ENVKEEP_OFF=1 where the platform sets variables, or
make an empty file STORE/envkeep/off. What somebody must look at is one line in
the first terminal, with the command to run. STORE/envkeep/reports has the last
20 starts.
)";

constexpr std::string_view manifest_topic = R"(
STORE/envkeep/manifest.yaml is yours to edit. 'envkeep manifest check' names all
mistakes, 'envkeep plan' shows what would be done, 'envkeep manifest schema'
lets an editor check and complete it.

  envkeep: 1                      the version of this format
  keep:                           what lives in the store and is in the home
    - .ssh                          linked
    - {path: .local, per: python}   lib and bin apart for each Python
    - {path: .bash_history, how: merge}   what sessions add comes together
    - {path: .local, how: packed}   real; snapshots have it
  modes: {.ssh/*: "0600"}         exact modes, in quotes
  env: {PATH: {prepend: [~/bin]}}   variables of the session
  dotfiles: {url: ...}            a repository that is linked into the home
  repos: [{url: ..., dir: ...}]   working copies to have
  known_hosts: [...]              keys of ssh servers to trust
  snapshot: {auto: on-change}     snapshots by themselves; limit, exclude
  packages: {npm: off}            what snapshots leave out
  gpu: {expect: required}         what the session needs of the GPU
  doctor: {search: [/envs]}       where else the doctor looks for Pythons
  start: {limit: 15s}             how long a start may hold up Jupyter
  save: {every: 60s}              how often copies are written back
  backups: {limit: 10%}           what may be kept of what was in the way
  include: [team.yaml]            other manifests

An entry holds only where its 'when:' does:
  - {path: .kaggle, when: {platform: kaggle}}
)";

constexpr std::string_view snapshots_topic = R"(
'envkeep snapshot' records what this session changed against its image: what
pip, conda, apt and npm installed or removed, kernels, files of yours below
/usr, /opt, /etc and the home (of a normal user: the home, and what is theirs
in /opt). The next start brings it back, file by file.

Not in it: what the store keeps already, mounts, caches, the driver's files,
and secrets, each of which is named.

  envkeep snapshot -m 'einops for the course'
  envkeep diff         what is installed since the last one
  envkeep snapshots    all, with their sizes
  envkeep verify --deep   every byte of it is here
  envkeep gc           free space; the newest ones stay

By itself, ten minutes after the last install and at the session's end:
'snapshot: {auto: on-change}' in the manifest.
)";

constexpr std::string_view dotfiles_topic = R"(
  envkeep adopt .ssh .gitconfig     your key and your name live in the store

and in the manifest:

  dotfiles: {url: git@github.com:me/dotfiles.git, push: on-sync}
  repos:
    - {url: https://github.com/fastai/fastbook, dir: ~/fastbook}

'envkeep sync' fetches, commits and pushes; each start fetches and
fast-forwards, and never touches what you changed. Neither git nor ssh need be
installed. By https a token comes from the variable that 'token:' names, from
.git-credentials or from .netrc. 'envkeep doctor' says why a remote cannot be
reached. A repository of yadm or a bare one: 'envkeep init --import DIR'.
)";

constexpr std::string_view undo_topic = R"(
Nothing of yours is ever deleted. What stood in the way is in
~/.envkeep-aside/RUN and, within a limit, in STORE/envkeep/backups/RUN.

  envkeep log              the runs, and what each changed
  envkeep undo             takes back the last run of this container
  envkeep undo RUN         that one
  envkeep release PATH     keeps a path no longer: real again in this home
  envkeep restore --take home PATH    where both sides changed: this home's
  envkeep restore --take store PATH   or the store's
  envkeep init --rollback  the program that was installed before
  envkeep uninstall        takes all out but your data
)";

constexpr std::string_view environment_topic = R"(
  ENVKEEP_STORE   the folder that persists, where --store is not given
  ENVKEEP_OFF     if set and not empty, also to 0, a start does nothing
  ENVKEEP_IMAGE   what 'when: {image: ...}' of the manifest compares
  HOME            the home, where --home is not given: absolute, there, and
                  owned by the user
  NO_COLOR        if set and not empty, no colours

The store is found by --store, ENVKEEP_STORE, the place of the running program,
and the platform, in this order. USER is never looked at.
)";

constexpr std::string_view safety_topic = R"(
Whoever may write STORE/envkeep (hook.sh, bin/envkeep, manifest.yaml) or
pre-run.sh runs commands in each of your sessions: share a store with those
whom you trust. 'envkeep status' tells which of them others may write, and
which keys others can read: give keys a passphrase ('ssh-keygen -p -f KEY'), or
use a deploy key for one repository.

Names, links and modes of what lies in home and store are not trusted: no link
is followed out of them. Secrets are never more readable than they were.
)";

constexpr std::array topics{
    Topic{"start", "what a start does, and how to start without it", start_topic},
    Topic{"platforms", "the platforms, what survives there, where the start line goes", {}},
    Topic{"manifest", "what can stand in the manifest", manifest_topic},
    Topic{"snapshots", "what a snapshot records, and what not", snapshots_topic},
    Topic{"dotfiles", "dotfiles and repositories over git", dotfiles_topic},
    Topic{"undo", "the way back", undo_topic},
    Topic{"environment", "the variables that are looked at", environment_topic},
    Topic{"exit-codes", "what the exit statuses mean", {}},
    Topic{"safety", "whom it trusts", safety_topic},
    Topic{"man", "the manual page: envkeep help man | man -l -", {}},
};

constexpr std::size_t width = 80;

std::string platforms_text() {
    std::string out =
        "\n'envkeep init' finds the platform by itself; 'envkeep hook print' prints the\n"
        "start line for it. Elsewhere: 'envkeep init --store DIR' with the folder that\n"
        "survives.\n";
    for (const store::Platform& platform : store::all_platforms()) {
        const std::string store = platform.store == "~" ? "the home" : platform.store;
        out += fmt::format("\n{}: {}\n", platform.name, store);
        out +=
            wrapped(fmt::format("start line: {} ({})", platform.advice.where, platform.advice.use),
                    width,
                    "    ");
        out += wrapped(platform.advice.note, width, "    ");
    }
    return out;
}

std::string exit_codes_text() {
    std::string out = "\n";
    for (const ExitCode& code : exit_codes()) {
        out += fmt::format("  {}   {}\n", code.code, code.meaning);
    }
    return out + "\n'restore --start' always ends with 0; JSON has the other in 'exit'.\n";
}

}  // namespace

std::span<const Topic> all_topics() {
    return topics;
}

bool is_topic(std::string_view word) {
    return std::ranges::find(topics, word, &Topic::name) != topics.end();
}

std::string topic_body(const Topic& topic) {
    return topic.name == "platforms"    ? platforms_text()
           : topic.name == "exit-codes" ? exit_codes_text()
                                        : std::string(topic.text);
}

std::string topic_text(std::string_view name) {
    const Topic& topic = *std::ranges::find(topics, name, &Topic::name);
    return name == "man" ? man_page()
                         : fmt::format("{}: {}\n{}", topic.name, topic.title, topic_body(topic));
}

Error unknown_topic(std::string_view word) {
    std::vector<std::string_view> known;
    for (const Topic& topic : topics) {
        known.push_back(topic.name);
    }
    for (const Command* command : all_commands()) {
        known.push_back(command->name);
    }
    const std::string_view near = nearest(word, known);
    return {.kind = ErrorKind::usage,
            .message = fmt::format("there is neither a topic nor a command {}", quoted(word)),
            .hint = near.empty() ? "see 'envkeep help' for all of them"
                                 : fmt::format("did you mean 'envkeep help {}'?", near)};
}

}  // namespace envkeep::cli
