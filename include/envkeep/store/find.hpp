// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/store/layout.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::store {

// How a platform starts our line, and what is to be known of its folder.
struct Advice {
    std::string_view use = "container-command";       // of `hook print --for`
    std::string_view where = "as its start command";  // behind "put it ..."
    std::string_view missing;  // how to get the folder; empty where nobody has to ask for it
    std::string_view note;     // limits; may be empty
    std::string_view server;   // what its images start; empty: Jupyter
    std::string_view first;    // a line of Python that a notebook cell begins with
    bool is_mount = true;      // its folder is one: else what is put there would be lost
};

// A platform that we know, and the folder that survives there.
struct Platform {
    std::string id;       // "gradient", "runpod", ..., "container"
    std::string name;     // "Paperspace Gradient"
    std::string store;    // "/storage"; empty where none is known
    std::string because;  // what it was recognised by: "PAPERSPACE_NOTEBOOK_ID is set"
    // Its start script sources the store's pre-run.sh, as far as can be seen.
    bool runs_pre_run = false;
    std::string hook_because;  // how that is known, or why it is not
    Advice advice;
};

// `store_base` is the folder whose pre-run.sh counts; empty: that of any.
[[nodiscard]] Platform detect_platform(const system::Machine& machine,
                                       std::string_view store_base = {});

// The same without a look at start scripts (`runs_pre_run` and `hook_because` stay empty): costs
// nothing where a variable tells the platform.
[[nodiscard]] Platform recognise_platform(const system::Machine& machine);

// All that have marks of their own, for help: `store` may be "~", `because` is a mark.
[[nodiscard]] std::vector<Platform> all_platforms();

// Where the home is: `given` (--home); else an absolute HOME that exists and belongs to the
// effective uid; else the passwd entry; else usage naming --home. $USER is never looked at.
[[nodiscard]] Result<std::string> find_home(const std::optional<std::string>& given,
                                            const system::Machine& machine,
                                            system::FileReader& files);

// The persistent folder, by --store, ENVKEEP_STORE, the folder above the running binary if it holds
// store.json, the platform's mount; else store_missing.
struct StoreChoice {
    std::string base;     // "/storage"
    std::string because;  // "--store", "ENVKEEP_STORE", "the binary lies in it", "RunPod: X is set"
    // Nobody named it: create_store then refuses a folder that is not on a mount of its own.
    bool must_be_mounted = false;
};

[[nodiscard]] Result<StoreChoice> choose_store(const std::optional<std::string>& given,
                                               const std::optional<std::string>& own_binary,
                                               const system::Machine& machine,
                                               system::FileReader& files);

// Opens a store that exists. store_missing names the cause: folder missing, mount point empty,
// never initialised, cut short, of a newer layout, a link, or not to be read.
[[nodiscard]] Result<Store> open_store(const StoreChoice& choice,
                                       const system::Machine& machine,
                                       system::FileReader& files);

// Whether the folder is missing or empty and nothing is mounted there: the mount may yet come.
// Looks anew at each call, without opening the folder for good.
[[nodiscard]] bool awaits_mount(const StoreChoice& choice,
                                const system::Machine& machine,
                                system::FileReader& files);

// Makes folders and identity where they are missing; a store that is there stays as it is.
[[nodiscard]] Result<Store> create_store(const StoreChoice& choice,
                                         const system::Machine& machine,
                                         system::FileReader& files,
                                         system::FileWriter& writer);

// The mount that an absolute path lies on.
[[nodiscard]] std::optional<system::Mount> mount_of(const std::string& absolute,
                                                    const system::Machine& machine);

}  // namespace envkeep::store
