// SPDX-License-Identifier: MIT
#include "engine/note_findings.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

namespace envkeep::engine {
namespace {

using packages::Inventory;
using packages::Note;
using packages::NoteKind;
using packages::Origin;
using packages::Package;

bool is_of_image(const Inventory& inventory, const Note& note) {
    bool is_known = false;
    for (const Package& package : inventory.packages) {
        if (package.domain == note.domain && package.place == note.place &&
            package.name == note.name) {
            if (package.origin != Origin::image) {
                return false;
            }
            is_known = true;
        }
    }
    return is_known;
}

std::string line_of(const Note& note) {
    std::string line = note.place;
    for (const std::string& part : {note.name, note.detail}) {
        if (!part.empty()) {
            line += (line.empty() ? "" : ": ") + part;
        }
    }
    return printable(line);
}

model::Finding finding_of(NoteKind kind, std::size_t count) {
    using model::Severity;
    model::Finding finding{.subject = "packages"};
    const auto say =
        [&](std::string_view id, Severity severity, std::string title, std::string fix) {
            finding.id = id;
            finding.severity = severity;
            finding.title = std::move(title);
            finding.fix.text = std::move(fix);
        };
    switch (kind) {
        case NoteKind::duplicate:
            say("packages-twice",
                Severity::warning,
                fmt::format("{} in two versions in one place", counted(count, "package")),
                "'pip install --force-reinstall' of the version that you want; which one is "
                "imported is chance");
            break;
        case NoteKind::interrupted_pip:
            say("packages-interrupted",
                Severity::warning,
                fmt::format("pip was interrupted and left {}", counted(count, "folder")),
                "remove what is named, and install the package again if it does not work");
            break;
        case NoteKind::interrupted_conda:
            say("packages-interrupted",
                Severity::warning,
                fmt::format("conda was interrupted and left {}", counted(count, "thing")),
                "run the last 'conda install' again, then remove what is named");
            break;
        case NoteKind::half_installed:
            say("packages-half-installed",
                Severity::warning,
                fmt::format("{} of apt only half installed", counted(count, "package")),
                {});
            finding.fix.commands = {"dpkg --configure -a", "apt-get install -f -y"};
            break;
        case NoteKind::shadowed:
            say("packages-shadowed",
                Severity::info,
                fmt::format("pip wrote over {} of conda", counted(count, "package")),
                "conda does not know that its files are gone: 'pip uninstall', then 'conda "
                "install' again, where it matters");
            break;
        case NoteKind::broken_kernel:
            say("kernel-without-program",
                Severity::warning,
                fmt::format("{} whose program is not there", counted(count, "kernel")),
                "'jupyter kernelspec remove NAME', or install the environment that it names");
            break;
        case NoteKind::damaged:
        case NoteKind::too_large:
        case NoteKind::link:
            say("packages-not-understood",
                Severity::info,
                fmt::format("{} about packages cannot be understood", counted(count, "file")),
                "install these packages again if they do not work");
            break;
    }
    return finding;
}

}  // namespace

std::vector<model::Finding> findings_of(const Inventory& inventory) {
    constexpr std::size_t most = 10;
    std::map<NoteKind, std::vector<std::string>> lines;
    for (const Note& note : inventory.notes) {
        if (!is_of_image(inventory, note)) {
            const bool is_of_file = note.kind == NoteKind::too_large || note.kind == NoteKind::link;
            lines[is_of_file ? NoteKind::damaged : note.kind].push_back(line_of(note));
        }
    }
    std::vector<model::Finding> findings;
    for (auto& [kind, evidence] : lines) {
        model::Finding finding = finding_of(kind, evidence.size());
        if (evidence.size() > most) {
            evidence.resize(most);
            evidence.emplace_back("...");
        }
        finding.evidence = std::move(evidence);
        findings.push_back(std::move(finding));
    }
    return findings;
}

}  // namespace envkeep::engine
