// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/compat_data.hpp"
#include "envkeep/gpu/facts.hpp"
#include "envkeep/model/finding.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Commands that are right for the notebook's own Python, its variables, the driver and the card.
namespace envkeep::gpu {

// For the notebook's own interpreter: "/usr/bin/python3.11 -m pip install --user WHAT...", or what
// installs there where it has no pip. `--user` if `beside` lies in the user's site folder; what
// PEP 668 asks for where the system manages it.
[[nodiscard]] std::string pip_install(const NotebookPython& notebook,
                                      const std::vector<std::string>& what,
                                      const Framework* beside = nullptr,
                                      std::string_view index = {});

// PyTorch's own, that has a wheel of this version: of "2.4.1+cu121", and of nightly ones. Empty for
// what others built.
[[nodiscard]] std::string index_of(std::string_view torch_version);

// "nvidia-cublas-cu12"; since CUDA 13 "nvidia-cublas", but for libraries with versions of their
// own.
[[nodiscard]] std::string nvidia_package(std::string_view component, unsigned cuda);

// " PATH PATH" of a package that pip refuses to remove, having no RECORD: its folder and its
// metadata. Empty for others, and where these are not known.
[[nodiscard]] std::string paths_without_record(const NotebookPython& notebook,
                                               std::string_view name);

// Where the RECORD of one is missing, which pip refuses to remove, its files are named instead.
[[nodiscard]] std::string pip_uninstall(const NotebookPython& notebook,
                                        const std::vector<std::string>& what);

// "/usr/bin/python3.11 -m pip cache purge"; what uv does where uv installs.
[[nodiscard]] std::string pip_cache_purge(const NotebookPython& notebook);

// A variable that goes: from this shell at once, from a notebook with its next start. `names` stand
// between blanks.
[[nodiscard]] model::Fix unset(const Facts& facts, const std::string& names);

// A variable that is to be set: in this shell at once, else where notebooks get it from.
[[nodiscard]] model::Fix exported(const Facts& facts, const std::string& assignment);

// Where the notebook's value of a variable stood: "/proc/200/environ (kernel): NAME=value", or the
// kernelspec that will give it.
[[nodiscard]] std::string origin_of(const Facts& facts, const std::string& name);

// "mv -nT PATH PATH.old", which a repair can do too.
[[nodiscard]] model::Fix move_aside(const std::string& path);

// LD_LIBRARY_PATH without some of its folders, as a shell takes it.
[[nodiscard]] std::string without_folders(const std::vector<std::string>& folders,
                                          const std::vector<std::string>& dropped);

// Where a variable of the notebook's process is set, which a shell's command does not change.
[[nodiscard]] std::string where_it_is_set(const Facts& facts,
                                          const NotebookPython& notebook,
                                          const std::string& variable);

// Of this container, and known to the data.
[[nodiscard]] std::vector<CardModel> known_cards(const Facts& facts, const CompatData& data);

// The card that decides on a build: of several the oldest. None if the data knows none of them.
[[nodiscard]] std::optional<CardModel> weakest_card(const Facts& facts, const CompatData& data);

// "torchvision==0.19.1+cu121", that was made for this torch; empty where the data does not know it.
[[nodiscard]] std::string companion_of(const Framework& torch,
                                       std::string_view name,
                                       const CompatData& data);

// Installs the torch that works with this driver and card, in the release that is there if that is
// among them, with torchvision and torchaudio where they are there. Where no torch works with them,
// none of those is for this Python, or the data does not know them, the text says so.
[[nodiscard]] model::Fix right_torch(const Facts& facts,
                                     const NotebookPython& notebook,
                                     const CompatData& data);

}  // namespace envkeep::gpu
