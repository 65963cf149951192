// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/conda_cures.hpp"
#include "gpu/copies.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

// The build of torch against driver, card, and what was made for it.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;

// Plain `pip install torch` has no "+cu130" in its metadata, unlike what comes from an index.
bool is_default_of_pypi(const NotebookPython& notebook,
                        const Framework& torch,
                        const CompatData& data) {
    const auto version = Version::parse(torch.version);
    return version && torch.installed && conda_package_of(notebook, torch) == nullptr &&
           torch.installed->version.find('+') == std::string::npos &&
           data.default_build(*version) == moniker_of(torch.cuda);
}

// An older driver than torch's CUDA asks for.
std::optional<Finding> driver_too_old(const Facts& facts,
                                      const NotebookPython& notebook,
                                      const CompatData& data) {
    const Framework* const torch = torch_for_cuda(facts, notebook);
    const auto least =
        torch == nullptr ? std::nullopt : driver_missed(facts, Version::parse(torch->cuda), data);
    if (!least) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::error,
        .title = fmt::format("torch was built for CUDA {}, which needs driver {}; this machine has "
                             "{}",
                             torch->cuda,
                             least->text(),
                             facts.driver.version()->text()),
        .evidence = {shown(*torch), shown_driver(facts, data)},
        .fix = right_torch(facts, notebook, data)};
}

std::optional<Finding> wheel_too_new(const Facts& facts,
                                     const NotebookPython& notebook,
                                     const CompatData& data) {
    auto finding = driver_too_old(facts, notebook, data);
    return finding && !is_default_of_pypi(notebook, *notebook.framework("torch"), data)
               ? std::move(finding)
               : std::nullopt;
}

std::optional<Finding> default_too_new(const Facts& facts,
                                       const NotebookPython& notebook,
                                       const CompatData& data) {
    auto finding = driver_too_old(facts, notebook, data);
    if (!finding || !is_default_of_pypi(notebook, *notebook.framework("torch"), data)) {
        return std::nullopt;
    }
    finding->evidence.push_back("it is what plain 'pip install torch' brings");
    return finding;
}

// The weakest that this build has no code for.
std::optional<CardModel> card_without_code(const Facts& facts,
                                           const NotebookPython& notebook,
                                           const CompatData& data) {
    const Framework* const torch = torch_for_cuda(facts, notebook);
    std::vector<CardModel> cards =
        torch == nullptr ? std::vector<CardModel>() : known_cards(facts, data);
    std::erase_if(cards, [&](const CardModel& card) {
        const std::vector<std::string>& code = code_of(*torch, data);
        return code.empty() || runs_on(code, card.capability);
    });
    if (cards.empty() || hidden_torch(*torch, facts, data) != nullptr) {
        return std::nullopt;
    }
    return *std::ranges::min_element(cards, {}, &CardModel::capability);
}

// Of what a build has code for, where that is not its row of the data.
std::string_view who_says(const NotebookPython& notebook,
                          const Framework& torch,
                          const CompatData& data) {
    if (build_of(torch, data) != nullptr) {
        return "";
    }
    return measured_code_of(notebook, torch, data) == torch.code
               ? ", as that package of conda's was measured"
               : ", as its libtorch_python.so says";
}

std::optional<Finding> no_code(const Facts& facts,
                               const NotebookPython& notebook,
                               const CompatData& data,
                               std::string_view which) {
    const auto card = card_without_code(facts, notebook, data);
    if (!card) {
        return std::nullopt;
    }
    const Framework& torch = *notebook.framework("torch");
    const bool runs_on_another = has_code_for_a_card(torch, facts, data);
    return Finding{
        .severity = runs_on_another ? Severity::warning : Severity::error,
        .title = fmt::format("this torch has no code for the {} card {} (compute capability {}){}",
                             which,
                             card->name.empty() ? card->chip : card->name,
                             card->capability.text(),
                             runs_on_another ? ", but for another one that is here" : ""),
        .evidence = {shown(torch),
                     fmt::format("it has code for {}{}",
                                 fmt::join(code_of(torch, data), " "),
                                 who_says(notebook, torch, data))},
        .fix = right_torch(facts, notebook, data)};
}

bool is_kepler(const CardModel& card) {
    return card.capability.major == 3;
}

// Of a card that came before all that the build has code for, else after them.
bool is_older_than_build(const Facts& facts,
                         const NotebookPython& notebook,
                         const CompatData& data,
                         const CardModel& card) {
    const std::vector<std::string>& all = code_of(*torch_for_cuda(facts, notebook), data);
    return std::ranges::none_of(all, [&](const std::string& code) {
        const auto number = Version::parse(std::string_view(code).substr(code.find('_') + 1));
        return number && number->major() <= card.capability.major * 10 + card.capability.minor;
    });
}

std::optional<Finding> kepler(const Facts& facts,
                              const NotebookPython& notebook,
                              const CompatData& data) {
    const auto card = card_without_code(facts, notebook, data);
    return card && is_kepler(*card) ? no_code(facts, notebook, data, "old") : std::nullopt;
}

std::optional<Finding> old_card(const Facts& facts,
                                const NotebookPython& notebook,
                                const CompatData& data) {
    const auto card = card_without_code(facts, notebook, data);
    return card && !is_kepler(*card) && is_older_than_build(facts, notebook, data, *card)
               ? no_code(facts, notebook, data, "old")
               : std::nullopt;
}

std::optional<Finding> new_card(const Facts& facts,
                                const NotebookPython& notebook,
                                const CompatData& data) {
    const auto card = card_without_code(facts, notebook, data);
    return card && !is_kepler(*card) && !is_older_than_build(facts, notebook, data, *card)
               ? no_code(facts, notebook, data, "new")
               : std::nullopt;
}

// What stands behind "+" in a version.
std::string_view local_part(std::string_view version) {
    const std::size_t plus = version.find('+');
    return plus == std::string_view::npos ? std::string_view() : version.substr(plus + 1);
}

// torchvision asks for the same major version of CUDA ("cu121", "cu124"), torchaudio for both.
bool is_for_other_cuda(std::string_view name, std::string_view own, std::string_view torchs) {
    constexpr std::size_t major = std::string_view("cu12").size();
    const std::size_t compared = name == "torchvision" ? major : std::string_view::npos;
    return own.starts_with("cu") && torchs.starts_with("cu") &&
           own.substr(0, compared) != torchs.substr(0, compared);
}

// conda chooses the ones that fit its torch; where pip put one there it would stay.
model::Fix right_conda_companions(const NotebookPython& notebook,
                                  const python::Distribution& torch) {
    model::Fix fix{.text = {}};
    std::string names;
    for (const std::string_view name : {"torchvision", "torchaudio"}) {
        const Framework* const one = notebook.framework(name);
        if (one == nullptr) {
            continue;
        }
        names += fmt::format(" {}", name);
        if (conda_package_of(notebook, *one) == nullptr) {
            fix.commands.push_back(pip_uninstall(notebook, {std::string(name)}));
        }
    }
    fix.commands.push_back(
        fmt::format("{} {}{}", conda(notebook, "install"), channels_of(torch), names));
    return fix;
}

// torchvision and torchaudio have compiled code for one torch alone.
std::optional<Finding> companion_mismatch(const Facts& /*facts*/,
                                          const NotebookPython& notebook,
                                          const CompatData& data) {
    const Framework* const torch = notebook.framework("torch");
    const auto version = torch == nullptr ? std::nullopt : Version::parse(torch->version);
    if (!version) {
        return std::nullopt;
    }
    Finding finding{.severity = Severity::error,
                    .title = "was made for another torch",
                    .evidence = {shown(*torch)}};
    std::vector<std::string> what;
    for (const std::string_view name : {"torchvision", "torchaudio"}) {
        const Framework* const one = notebook.framework(name);
        if (one == nullptr) {
            continue;
        }
        std::string pinned;
        for (const python::Requirement& requirement : one->requirements) {
            pinned = requirement.name == "torch" ? requirement.pinned_version() : pinned;
        }
        const bool is_other = !pinned.empty() && Version::parse(pinned) != version;
        const std::string_view own = local_part(one->version);
        const std::string_view torchs = local_part(torch->version);
        const bool is_other_build = is_for_other_cuda(name, own, torchs);
        if (!is_other && !is_other_build) {
            continue;
        }
        finding.title = fmt::format("{} {}", name, finding.title);
        finding.evidence.push_back(
            is_other ? fmt::format("{}, which asks for torch {}", shown(*one), pinned)
                     : shown(*one));
        if (std::string fitting = companion_of(*torch, name, data); !fitting.empty()) {
            what.push_back(std::move(fitting));
        }
    }
    if (finding.evidence.size() == 1) {
        return std::nullopt;
    }
    finding.title = finding.evidence.size() > 2
                        ? "torchvision and torchaudio were made for another "
                          "torch"
                        : finding.title;
    if (const auto* const condas = conda_package_of(notebook, *torch)) {
        finding.fix = right_conda_companions(notebook, *condas);
        return finding;
    }
    if (what.empty()) {
        finding.fix.text =
            "which one fits is not known to this program; "
            "https://pytorch.org/get-started/previous-versions lists them";
        return finding;
    }
    what.insert(what.begin(), "--no-deps");
    finding.fix.commands.push_back(pip_install(notebook, what, torch, index_of(torch->version)));
    return finding;
}

// torch before 2.3 was compiled with numpy 1, whose interface numpy 2 no longer has.
std::optional<Finding> numpy_2(const Facts& /*facts*/,
                               const NotebookPython& notebook,
                               const CompatData& /*data*/) {
    const Framework* const torch = notebook.framework("torch");
    const Framework* const numpy = notebook.framework("numpy");
    const auto torchs = torch == nullptr ? std::nullopt : Version::parse(torch->version);
    const auto numpys = numpy == nullptr ? std::nullopt : Version::parse(numpy->version);
    if (!torchs || !numpys || numpys->major() < 2 || *torchs >= *Version::parse("2.3")) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::error,
        .title = fmt::format(
            "torch {} was built for numpy 1, and numpy is {}", torchs->text(), numpys->text()),
        .evidence = {shown(*torch), shown(*numpy)},
        .fix = {.commands = {conda_package_of(notebook, *numpy) != nullptr
                                 ? conda(notebook, "install") + " 'numpy<2'"
                                 : pip_install(notebook, {"numpy<2"}, numpy)},
                .text = {}}};
}

}  // namespace

std::span<const Check> torch_build_checks() {
    static constexpr std::array checks{
        Check{"torch-driver-too-old", wheel_too_new},
        Check{"torch-pypi-default-too-new", default_too_new},
        Check{"torch-kepler", kepler},
        Check{"torch-arch-old-gpu", old_card},
        Check{"torch-arch-new-gpu", new_card},
        Check{"torch-companion-mismatch", companion_mismatch},
        Check{"torch-numpy2", numpy_2},
    };
    return checks;
}

}  // namespace envkeep::gpu
