// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/files.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace envkeep::snapshot {

// Why something is no part of a layer.
enum class Omission {
    none,
    mount,     // another file system: the GPU runtime's files, hosts, resolv.conf, data sets
    store,     // the persistent folder itself
    kept,      // lives in the store already, as a keep
    ours,      // envkeep's own files
    runtime,   // sockets, locks, logs, what the machine makes anew at each start
    cache,     // can be fetched or made again: package caches, model caches
    driver,    // belongs to the host's GPU driver
    secret,    // keys, tokens and passwords, unless asked for
    excluded,  // by the manifest
};

// What a snapshot looks at. All paths are below "/", without the first slash.
struct Scope {
    std::vector<std::string> roots;  // folders that are walked; none lies in another
    std::string home;
    std::vector<std::string> stores;
    std::vector<std::string> kept;
    std::vector<std::string> mounts;    // where something else than "/" is mounted
    std::vector<std::string> excluded;  // patterns of whole paths, or of paths below the home
    bool with_secrets = false;

    // By name and kind alone; of a folder it holds for all that is in it.
    [[nodiscard]] Omission omission_of(std::string_view path, system::Kind kind) const;
};

// The roots to walk by default for a home: /usr, /opt, /etc, ... and the home, as far as none lies
// in another.
[[nodiscard]] std::vector<std::string> usual_roots(const std::string& home);

// Sorted, without those that lie in others: what they hold is met once.
[[nodiscard]] std::vector<std::string> without_nested(std::vector<std::string> roots);

// Whether a file that begins so holds a password or token in its text: `pip.conf` with
// "https://user:password@" or "https://TOKEN@", `.npmrc` with "_authToken", a private key.
// Addresses count in configuration only: code has them as examples.
[[nodiscard]] bool shows_secret(std::string_view path, std::string_view head);

// Files whose content `shows_secret` should be asked about: small ones that not everybody may read,
// and configuration where addresses with passwords are usual.
[[nodiscard]] bool may_show_secret(std::string_view path, const system::Status& status);

// Both, with a look into the file (no for what cannot be read); or a `.env` that not all may read.
[[nodiscard]] bool is_secret(std::string_view path,
                             const system::Status& status,
                             const system::Place& place,
                             system::FileReader& files);

// What was changed and is no part of a layer.
struct LeftOut {
    std::string path;
    Omission why = Omission::none;

    friend bool operator==(const LeftOut&, const LeftOut&) = default;
};

}  // namespace envkeep::snapshot
