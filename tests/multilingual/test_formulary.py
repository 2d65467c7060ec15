"""Loading formularies: files of every kind, columns of every name, and what is taken off a product's name."""

import codecs
import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from multilingual.clinical.formulary import Entry, Formulary, load_formulary
from multilingual.clinical.formulary_columns import FormularyError, recognise_columns
from multilingual.clinical.product_names import Product, base_substance, read_product


@pytest.fixture
def write(tmp_path: Path):
    def written(text: str | bytes, name: str = "list.csv") -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return written


def test_rows_of_one_name_are_one_entry(write) -> None:
    path = write(
        "Brand Name,Generic,Dosage Form,Strength\n"
        "Zolvert,Pantoprazole,Tablet,40 mg\n"
        "ZOLVERT,Pantoprazole,Injection,40mg/vial\n"
        "Zolvert-D,Pantoprazole + Domperidone,Capsule SR,40 mg+30 mg\n"
    )
    assert load_formulary(path).entries == (
        Entry("Zolvert", ("Pantoprazole",), ("tablet", "injection"), ("40 mg", "40 mg/vial")),
        Entry("Zolvert-D", ("Pantoprazole", "Domperidone"), ("capsule",), ("40 mg+30 mg",)),
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter(write, delimiter: str) -> None:
    rows = [["drug", "form"], ["Zolvert", "tab"]]
    path = write("\n".join(delimiter.join(row) for row in rows))
    assert load_formulary(path).entries == (Entry("Zolvert", (), ("tablet",)),)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("名称,剂型\n阿莫西林,胶囊\n".encode(), "阿莫西林"),
        (codecs.BOM_UTF8 + b"name,form\nNovalgin,capsule\n", "Novalgin"),
        ("nome,forma\nDipirona Sódica,cápsula\n".encode("latin-1"), "Dipirona Sódica"),
        ("name,form\r\nNovalgin,capsule\r\n".encode("utf-16"), "Novalgin"),
    ],
    ids=["utf-8", "utf-8 with mark", "latin-1", "utf-16"],
)
def test_encodings(write, data: bytes, name: str) -> None:
    assert load_formulary(write(data)).entries == (Entry(name, (), ("capsule",)),)


def test_parquet_with_lists_and_nulls(tmp_path: Path) -> None:
    table = pa.table(
        {
            "Product_Name": ["Zolvert", None, "Bexitol"],
            "generics": [["Pantoprazole"], None, ["Calcium Carbonate", "Vitamin D3"]],
            "strengths": [["20 mg", "40 mg"], None, None],
        }
    )
    pq.write_table(table, tmp_path / "list.parquet")
    assert load_formulary(str(tmp_path / "list.parquet")).entries == (
        Entry("Zolvert", ("Pantoprazole",), (), ("20 mg", "40 mg")),
        Entry("Bexitol", ("Calcium Carbonate", "Vitamin D3")),
    )


def test_text_has_a_name_a_line(write) -> None:
    path = write("Zolvert\n\nCLORIDRATO DE METFORMINA\t812\n-\n", "names.txt")
    formulary = load_formulary(path)
    assert [entry.name for entry in formulary.entries] == ["Zolvert", "CLORIDRATO DE METFORMINA"]
    assert [entry.name for entry in formulary.substances()] == ["METFORMINA"]


def test_a_quoted_heading_and_line_breaks_within_cells(write) -> None:
    path = write('"Name, of the brand","Uses"\n"Zolvert","acid;\nreflux;"\nBexitol,\n')
    assert [e.name for e in load_formulary(path, {"name": "name of the brand"}).entries] == [
        "Zolvert",
        "Bexitol",
    ]


def test_the_brand_is_the_name_and_the_generic_is_not(write) -> None:
    path = write("generic name,type,brand_name\nPantoprazole,allopathic,Zolvert\n")
    assert load_formulary(path).entries == (Entry("Zolvert", ("Pantoprazole",)),)


def test_a_list_of_generics_is_a_list_of_substances(write) -> None:
    path = write(
        "Sr No,Generic Name\n1,Aceclofenac 100mg and Paracetamol 325mg Tablets\n2,Bisacodyl Tablets IP 5 mg\n"
    )
    assert load_formulary(path).entries == (
        Entry("Aceclofenac and Paracetamol", ("Aceclofenac", "Paracetamol"), ("tablet",), ("100 mg+325 mg",)),
        Entry("Bisacodyl", ("Bisacodyl",), ("tablet",), ("5 mg",)),
    )


def test_groups_of_the_atc_index_are_no_substances(write) -> None:
    path = write("atc_code,atc_name\nA01A,STOMATOLOGICAL PREPARATIONS\nA01AA01,sodium fluoride\n")
    assert [entry.name for entry in load_formulary(path).entries] == ["sodium fluoride"]


def test_substances_come_whole_and_without_salt_and_once() -> None:
    entries = (
        Entry("Zolvert", ("Pantoprazole Sodium",), ("tablet",), ("40 mg",)),
        Entry("Pantex", ("Pantoprazole Sodium",), ("injection",), ("40 mg/vial",)),
        Entry("Metformin", ("Metformin",)),
        Entry("Zolvert-D", ("Pantoprazole", "Domperidone")),
        Entry("Manyvit", ("A", "B", "C", "D")),
    )
    assert Formulary("", "", entries).substances() == (
        Entry(
            "Pantoprazole Sodium", ("Pantoprazole Sodium",), ("tablet", "injection"), ("40 mg", "40 mg/vial")
        ),
        Entry("Pantoprazole", ("Pantoprazole",), ("tablet", "injection"), ("40 mg", "40 mg/vial")),
        Entry("Pantoprazole + Domperidone", ("Pantoprazole", "Domperidone")),
    )


def test_the_digest_is_of_the_content_and_of_the_columns_chosen(write) -> None:
    text = "name,generic\nZolvert,Pantoprazole\n"
    one, other = write(text, "one.csv"), write(text, "other.csv")
    assert (
        load_formulary(one).digest
        == load_formulary(other).digest
        == hashlib.sha256(text.encode()).hexdigest()
    )
    assert load_formulary(one, {"name": "generic"}).digest != load_formulary(one).digest


def test_given_columns_win(write) -> None:
    path = write("name,code name,molecule\nA1,Zolvert,Pantoprazole\n")
    assert load_formulary(path, {"name": "Code Name"}).entries == (Entry("Zolvert", ("Pantoprazole",)),)


@pytest.mark.parametrize(
    ("headings", "name", "generic"),
    [
        (["medicine_name", "salt_composition"], "medicine_name", "salt_composition"),
        (["Nome Comercial", "Princípio Ativo"], "Nome Comercial", "Princípio Ativo"),
        (["通用名", "商品名"], "商品名", "通用名"),
        (["BRAND-NAME", "Active ingredient(s)"], "BRAND-NAME", "Active ingredient(s)"),
        (["Molecule"], "Molecule", None),
        (["id", "drug", "generic name"], "drug", "generic name"),
    ],
)
def test_headings_are_known(headings: list[str], name: str, generic: str | None) -> None:
    found = recognise_columns(headings)
    assert (found.name, found.generic) == (name, generic)


@pytest.mark.parametrize(
    ("text", "columns", "words"),
    [
        ("", None, ["empty"]),
        ("name,form\n", None, ["empty", "'name'"]),
        ("name\n---\n,\n", None, ["empty"]),
        ("sku,price\n1,2\n", None, ["sku, price", "brand name", "--formulary-columns name=X"]),
        ("name,price\nA,2\n", {"name": "brand"}, ["'brand'", "name, price"]),
        ("name,price\nA,2\n", {"colour": "name"}, ["'colour'", "name, generic, form, strength"]),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", None, ["neither CSV, Parquet nor text"]),
        (b"PAR1 but no more", None, ["Parquet"]),
    ],
)
def test_errors_name_the_file_the_fault_and_the_way_out(write, text, columns, words) -> None:
    path = write(text)
    with pytest.raises(FormularyError) as error:
        load_formulary(path, columns)
    for word in [*words, *([path] if columns != {"colour": "name"} else [])]:
        assert word in str(error.value)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FormularyError, match=r"nothing\.csv: there is no such file"):
        load_formulary(str(tmp_path / "nothing.csv"))
    with pytest.raises(FormularyError, match="cannot be read"):
        load_formulary(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "name", "forms", "strengths"),
    [
        ("Zolvert 40 Tablet", "Zolvert", ["tablet"], ["40"]),
        ("Amoclan 625 Duo Tablet", "Amoclan Duo", ["tablet"], ["625"]),
        ("ZOLVERT-DSR CAP, 10'S, ACME PHARMA LTD", "ZOLVERT-DSR", ["capsule"], []),
        ("ZOLVERT INJ 40MG/10ML, ACME", "ZOLVERT", ["injection"], ["40 mg/10 ml"]),
        ("BEXICORT 0.05% W/W CREAM 15 GM ACME", "BEXICORT", ["cream"], ["0.05%"]),
        ("Bexitear Eye Drops 5 ml", "Bexitear", ["drops"], []),
        ("Tab. Zolvert 20mg", "Zolvert", ["tablet"], ["20 mg"]),
        ("Liv 52 Tablet", "Liv 52", ["tablet"], []),
        ("Vitamin B 12 Tablet", "Vitamin B 12", ["tablet"], []),
        ("AKT-3 Kit", "AKT-3 Kit", [], []),
        ("Glimpo M 2/500 Tablet SR", "Glimpo M", ["tablet"], ["2/500"]),
        ("Storvex CP 10 mg Tab", "Storvex CP", ["tablet"], ["10 mg"]),
        ("Cefalex Dry Syrup 125mg per 5ml", "Cefalex", ["suspension"], ["125 mg/5 ml"]),
        ("Bexidine Mouthwash", "Bexidine Mouthwash", ["mouthwash"], []),
        ("头孢克肟胶囊 0.1g", "头孢克肟", ["capsule"], ["0.1 g"]),
        ("Tablet", "", ["tablet"], []),
        ("", "", [], []),
    ],
)
def test_products_are_named_as_doctors_name_them(text, name, forms, strengths) -> None:
    assert read_product(text) == Product(name, tuple(forms), tuple(strengths))


@pytest.mark.parametrize(
    ("substance", "base"),
    [
        ("Metformin Hydrochloride", "Metformin"),
        ("Pantoprazole Sodium Sesquihydrate", "Pantoprazole"),
        ("Cloridrato de Metformina", "Metformina"),
        ("losartana potássica", "losartana"),
        ("Potassium Chloride", "Potassium Chloride"),
        ("Zinc Sulphate Monohydrate", "Zinc Sulphate Monohydrate"),
        ("Sodium", "Sodium"),
        ("", ""),
    ],
)
def test_salts_come_off_a_substance_that_is_not_its_salt(substance: str, base: str) -> None:
    assert base_substance(substance) == base


def test_a_formulary_is_joined_by_the_generics_of_another(tmp_path: Path) -> None:
    own, other = tmp_path / "own.csv", tmp_path / "other.csv"
    own.write_text("name,generic\nAlphacort,betamethasone\nCedrimax,\n", encoding="utf-8")
    other.write_text(
        "name,generic\nBetnelan,betamethasone\nDolox,paracetamol\nParacetamol,paracetamol\n", encoding="utf-8"
    )
    first, second = load_formulary(str(own)), load_formulary(str(other))
    joined = first.with_generics_of(second)
    assert [entry.name for entry in joined.entries] == ["Alphacort", "Cedrimax", "Paracetamol"]
    assert joined.digest not in (first.digest, second.digest)
