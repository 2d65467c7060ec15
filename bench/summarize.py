"""The engine causal-lm beside the same model called one message at a time through transformers' generate.

Both have the same weights, prompts, threads and ends of a summary, in one process, in turns. Figures are
queries and written tokens a second, the largest memory of the process, and how many summaries are the same.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice

from summarize.engines.base import Answer, Request
from summarize.engines.causal_lm import CausalLm
from summarize.engines.options import PACKAGED, CausalLmOptions
from summarize.prompts import load_prompt
from summarize.queries import read_queries

BAR = 4.0
QUERIES = (
    "Mujhe teen din se halka bukhar aur sukhi khansi hai, raat ko zyada hoti hai. Ghar par kya karu?",
    "Doctor sahab, mere ghutne mein seedhi chadhte waqt dard hota hai, kya X-ray karwana zaroori hai?",
    "Meri beti 6 saal ki hai, uske pet mein dard hai aur do baar ulti hui. Kya hospital le jana chahiye?",
    "Aankh laal ho gayi hai aur pani aa raha hai, kal se. Koi drop daal sakte hain kya?",
    "Mere pati ko sugar hai aur unke pair mein ghaav bhar nahi raha, do hafte ho gaye. Kise dikhaye?",
    "Subah uthte hi chakkar aata hai, BP normal hai. Yeh kamzori hai ya kuch aur?",
    "Chehre par pimples bahut ho gaye hain, cream se koi fark nahi pada. Kya karna chahiye?",
    "Daant nikalwane ke baad se sujan hai aur muh poora nahi khulta, paanch din ho gaye. Normal hai kya?",
    "Raat ko neend nahi aati aur din bhar thakan rehti hai, ek mahine se. Koi test karwana chahiye?",
    "Kaan mein dard hai aur kam sunai de raha hai, nahane ke baad se. Kya paani chala gaya hai?",
    "I have had a dull ache in my lower back for a month, worse when I sit. Do I need physiotherapy?",
    "My father takes a blood pressure tablet and now has a dry cough. Could the tablet be the reason?",
    "There is a small hard lump behind my left ear that does not hurt. Should I have it looked at?",
    "I sprained my ankle yesterday and it is swollen, but I can walk. How long should I rest it?",
    "After eating bread I feel bloated and tired for hours. Which test would show if it is the wheat?",
    "My baby of four months does not want to drink since this morning and sleeps a lot. Is it urgent?",
    "मुझे दो दिन से गले में ख़राश है और निगलने में दर्द होता है। क्या डॉक्टर को दिखाना चाहिए?",
    "मेरी माँ के हाथ सुबह सुन्न हो जाते हैं, क्या यह किसी कमी की वजह से है?",
    "पीठ पर लाल चकत्ते हैं और बहुत खुजली होती है, साबुन बदलने के बाद से। क्या लगाऊँ?",
    "सीढ़ी चढ़ने पर साँस फूलती है, पहले ऐसा नहीं था। कौन सी जाँच करवाऊँ?",
    "बच्चे को तीन दिन से दस्त हैं, बुखार नहीं है। घर पर क्या दें?",
    "医生您好，我最近一周总是头晕，站起来的时候特别明显，血压正常，请问是什么原因？",
    "孩子五岁，咳嗽四天了，晚上厉害，没有发烧，需要去医院吗？",
    "我右边的膝盖走路时有响声，不疼，想问一下要不要做检查？",
    "吃完饭后胃胀，反酸，已经两个月了，想知道应该挂哪个科？",
    "妈妈的手指关节早上起来僵硬，半小时后好转，请问是不是风湿？",
    "最近脱发比较严重，压力也大，请问有什么办法可以改善？",
    "Estou com dor de cabeça há quatro dias, só do lado direito. Devo procurar um médico?",
    "Meu filho caiu de bicicleta e o cotovelo está inchado, mas ele mexe o braço. Preciso de um raio-x?",
    "Tenho azia quase todas as noites depois do jantar. O que posso mudar na alimentação?",
    "Apareceu uma mancha escura nas minhas costas que está crescendo. É preciso tirar?",
    "Minha mãe esquece o que acabou de dizer e tem 70 anos. Qual especialista devemos consultar?",
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds of the engine and of one at a time, memory in bytes, and what both wrote."""

    version: str
    engine_s: float
    single_s: float
    memory: int
    together: tuple[Answer, ...]
    apart: tuple[Answer, ...]

    @property
    def ratio(self) -> float:
        """How many times as fast the engine is."""
        return self.single_s / self.engine_s

    @property
    def same(self) -> int:
        """How many summaries are the same, token counts included."""
        return sum(ours == theirs for ours, theirs in zip(self.together, self.apart, strict=True))


def main() -> int:
    """Print the figures; exit status 1 where the bar is missed or float32 summaries differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queries", help="a file of messages (default: 32 made-up ones)")
    parser.add_argument("--n", type=int, default=32, help="messages at most")
    parser.add_argument("--dtype", choices=["bfloat16", "float32"], help="default: both, one after the other")
    parser.add_argument("--model", default=PACKAGED)
    parser.add_argument("--adapter", default="auto")
    parser.add_argument("--threads", type=int, default=0)
    asked = parser.parse_args()
    given = (row.query for row in read_queries(asked.queries) if not row.error) if asked.queries else QUERIES
    queries = list(islice(given, asked.n))
    missed = False
    for dtype in [asked.dtype] if asked.dtype else ["bfloat16", "float32"]:
        settings = {"model": asked.model, "adapter": asked.adapter, "threads": asked.threads, "dtype": dtype}
        options = CausalLmOptions.model_validate(settings)
        # A process for each: the largest memory is that of a process's whole life.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            figures = process.submit(measure, options, queries).result()
        show(figures, dtype)
        missed |= figures.ratio < BAR or (dtype == "float32" and figures.same < len(queries))
    return int(missed)


def measure(options: CausalLmOptions, queries: Sequence[str]) -> Figures:
    """The engine, then one at a time, then the engine again: its time is the mean of the two."""
    engine = CausalLm(options)
    prompt = load_prompt(engine.prompt, "en")
    requests = [Request(query, prompt.render(query), None, "en") for query in queries]
    engine.summarise(requests[:2])
    one_at_a_time(engine, requests[:1])
    before, together = _timed(lambda: engine.summarise(requests))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    single, apart = _timed(lambda: one_at_a_time(engine, requests))
    after, _ = _timed(lambda: engine.summarise(requests))
    return Figures(engine.version, (before + after) / 2, single, memory, tuple(together), tuple(apart))


def one_at_a_time(engine: CausalLm, requests: Sequence[Request]) -> list[Answer]:
    """What a plain script does with the same model and tokenizer."""
    import torch

    answers = []
    for prompt in engine.encode([request.prompt for request in requests]):
        ids = torch.tensor([prompt], device=engine.model.device)
        output = engine.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=engine.max_new_tokens,
            eos_token_id=engine.stops,
            pad_token_id=0,
        )
        answers.append(engine.answer(prompt, output[0, len(prompt) :].tolist()))
    return answers


def _timed(work: Callable[[], list[Answer]]) -> tuple[float, list[Answer]]:
    started = time.perf_counter()
    answers = work()
    return time.perf_counter() - started, answers


def show(figures: Figures, dtype: str) -> None:
    """Print one number format's figures."""
    n = len(figures.together)
    read = sum(answer.input_tokens for answer in figures.together)
    written = sum(answer.output_tokens for answer in figures.together)
    alone = sum(answer.output_tokens for answer in figures.apart)
    print(f"{figures.version}, {dtype}, {n} messages of {read / n:.0f} tokens, {written / n:.0f} written")
    _show_speed("one at a time", n, alone, figures.single_s)
    _show_speed("engine", n, written, figures.engine_s)
    print(f"ratio              {figures.ratio:.1f} (bar {BAR:g})")
    print(f"the same summary   {figures.same} of {n}")
    print(f"memory at most     {figures.memory / 2**20:.0f} MiB")


def _show_speed(name: str, queries: int, tokens: int, seconds: float) -> None:
    print(f"{name:<18} {queries / seconds:.2f} queries/s, {tokens / seconds:.0f} tokens/s written")


if __name__ == "__main__":
    sys.exit(main())
